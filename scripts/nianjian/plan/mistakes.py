"""All mistakes in declarations that can be known without running: what a plan stops at, without stopping at the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nianjian import units
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_headlines, read_items, read_resources, read_units, read_words
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.items import PanelValue
from nianjian.declarations.reading import validate
from nianjian.declarations.registry import VARIANT, Registry, read_config
from nianjian.declarations.study import Study
from nianjian.errors import DeclarationError, Mistakes, NianjianError
from nianjian.garbage import uncollected
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.multiverse import declared as multiverse
from nianjian.panel.declared import PanelDeclarations, check_panels
from nianjian.panel.printed_units import PrintedUnits
from nianjian.plan.papers import conditions
from nianjian.plan.reading import ReadingPlan, choose_books, read_source
from nianjian.plan.remembered import ASKED
from nianjian.sample.declared import declared


class Found(Mistakes):
    """Mistakes of every sort that a user can mend."""

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Note what is wrong within, and go on behind it; a file that cannot be read is a mistake too."""
        with super().caught():
            try:
                yield
            except NianjianError as error:
                raise DeclarationError(str(error)) from error


@uncollected()
def find(config: Mapping[str, Any], workspace: str | Path = ".") -> tuple[list[str], list[str]]:
    """Mistakes, a line each, and the studies and variants that were looked at.

    Parameters
    ----------
    config : what the command line says
    workspace : folder that holds ``config``
    """
    found, layers = Found(), Layers.of(workspace)
    settings = Config()
    with found.caught():
        settings = read_config(layers, {key: value for key, value in config.items() if key not in ASKED})
    known = kinds(layers.kinds)
    reading, sources = _reading(layers, settings, known, Path(workspace), found)
    registry = _registry(layers, settings, known, reading, found)
    if registry is None:
        return found.found, []
    _panels(registry, sources, found)
    names: list[str] = []
    with found.caught():
        names = registry.names() if settings.studies else registry.available()
    studies = [study for name in names or _own(layers, found) if (study := look(registry, name, found))]
    _headlines(registry, layers, {study.name for study in studies}, found)
    return found.found, [study.name for study in studies]


def _own(layers: Layers, found: Found) -> list[str]:
    """Studies that are looked at where it cannot be told which are asked for."""
    with found.caught():
        return layers.own_ids("studies")
    return []


def _reading(
    layers: Layers, settings: Config, known: Kinds, workspace: Path, found: Found
) -> tuple[ReadingPlan | None, dict[str, Entry]]:
    """What is read of the books, None where that is wrong or cannot be told; and all sources without mistakes."""
    before, names, sources = len(found.found), list[str](), dict[str, Entry]()
    with found.caught():
        names = layers.ids("sources")
    for name in names:
        with found.caught():
            sources[name] = read_source(layers, known, name)
    for read in (read_words, read_resources):
        with found.caught():
            read(layers)
    if len(found.found) > before:
        return None, sources
    with found.caught():
        books, _ = choose_books(sources, settings, workspace)
        reading = ReadingPlan(books, layers, sources)
        assert isinstance(reading.declarations, PanelDeclarations)
        return reading, sources
    return None, sources


def _panels(registry: Registry, sources: Mapping[str, Entry], found: Found) -> None:
    """What every panel is declared to hold, also of those that the books of this run do not go with."""
    with found.caught():
        printed = PrintedUnits(read_units(registry.layers), read_words(registry.layers).units)
    for name, source in sources.items():
        with found.caught():
            values = source.kind.option("values", None)
            if values is not None:
                shown = registry.layers.shown(f"sources/{name}.yaml")
                held = validate(dict[str, PanelValue], values(source.params), shown, "values")
                check_panels(registry.layers, {name: held}, registry.items)
                for column, value in held.items():
                    _check_unit(column, value, printed, shown)


def _check_unit(column: str, value: PanelValue, printed: PrintedUnits, shown: str) -> None:
    if printed.spelled(value.unit) is None:
        try:
            units.check_unit(value.unit)
        except DeclarationError as error:
            raise DeclarationError(f"{shown}, values.{column}.unit: {error}") from None


def _registry(
    layers: Layers, settings: Config, known: Kinds, reading: ReadingPlan | None, found: Found
) -> Registry | None:
    with found.caught():
        items = reading.items if reading is not None else read_items(layers)
        return Registry.load(layers, settings, items=items, known=known)
    return None


def look(registry: Registry, name: str, found: Found) -> Study | None:
    """A study or variant without mistakes; a variant of one that has some would only repeat them."""
    base, _, variant = name.partition(VARIANT)
    with found.caught():
        if variant:
            registry.study(base)
        study = registry.study(name)
        check(study)
        multiverse.check(registry, name)
        return study
    return None


def check(study: Study) -> None:
    """What a study names must be there, and its formulas must not mix units.

    Raises
    ------
    DeclarationError
        With a line for each mistake.
    """
    from nianjian.sample import parsed  # derives units with pint, which takes long to import

    parsed.parse(declared(study), study.fixed_units)


def _headlines(registry: Registry, layers: Layers, studies: set[str], found: Found) -> None:
    """Claims of the papers that the studies are of."""
    with found.caught():
        for paper, own in read_headlines(layers).items():
            if own.study in studies or own.study not in registry.available():
                with found.caught():
                    conditions(registry, paper, own)
