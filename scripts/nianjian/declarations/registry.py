"""All studies that a run asks for, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.study import MOVED, StudyFile
from nianjian.declarations.reading import adapter, suggestion, validate
from nianjian.declarations.study import Study
from nianjian.declarations.variants import varied
from nianjian.errors import DeclarationError
from nianjian.kinds.registry import Kinds, kinds
from nianjian.language import Text

Printed = tuple[int | None, int | None]
"""First and last data year in which an item is printed; None for open."""

VARIANT = "-"
"""Stands between a study's id and its variant's."""
SHOWN = "config/config.yaml"


def read_config(layers: Layers, given: Mapping[str, Any] | None = None) -> Config:
    """The run-wide switches: the project's, a workspace's over them, and those of the command line over both.

    Parameters
    ----------
    given : Snakemake's ``config``: what the command line says
    """
    raw = {**layers.merged("config.yaml"), **(given or {})}
    checked: Config = validate(Config, raw, SHOWN)
    return checked


def _again(base: tuple[Mapping[str, Any], StudyFile], raw: Mapping[str, Any], shown: str) -> StudyFile:
    """A study's mapping with something changed, checked; what stands there as it did is not checked again.

    Parameters
    ----------
    base : the mapping before the change, whose unchanged parts it shares, and as it was checked
    """
    before, model = base
    same = {key: getattr(model, key) for key, own in raw.items() if own is before.get(key, raw)}
    held = before.get("variables")
    if "variables" not in same and isinstance(held, dict) and isinstance(raw.get("variables"), dict):
        same["variables"] = {
            name: model.variables[name] if own is held.get(name, raw) else own
            for name, own in raw["variables"].items()
        }
    try:
        found: StudyFile = adapter(StudyFile).validate_python({**raw, **same})
    except ValidationError:
        found = validate(StudyFile, raw, shown)  # whose message shows what is written
    return found


@dataclass
class Registry:
    """All studies, read and checked when they are first asked for.

    Attributes
    ----------
    layers : folders of declarations
    config : the run-wide switches
    items : the dictionary
    kinds : built-in ones and the workspace's
    results : folder of the set of books: ``results/<books>``
    """

    layers: Layers
    config: Config
    items: Mapping[str, Item]
    kinds: Kinds
    results: str = "results"
    _declared: dict[str, tuple[dict[str, Any], StudyFile]] = field(default_factory=dict, repr=False)
    _studies: dict[str, Study] = field(default_factory=dict, repr=False)

    @classmethod
    def load(
        cls,
        layers: Layers | None = None,
        config: Config | None = None,
        *,
        results: str = "results/simulated",
        items: Mapping[str, Item] | None = None,
        known: Kinds | None = None,
    ) -> Registry:
        """Read the dictionary and the run-wide switches; studies are read when they are asked for."""
        layers = layers or Layers()
        return cls(
            layers,
            config or read_config(layers),
            items if items is not None else read_items(layers),
            known or kinds(layers.kinds),
            results,
        )

    def available(self) -> list[str]:
        """Ids of all files in config/studies."""
        return self.layers.ids("studies")

    def names(self) -> list[str]:
        """Ids of the studies, and study-variants, that the run asks for.

        Raises
        ------
        DeclarationError
            If one is not there, or stands twice.
        """
        asked = self.config.studies
        if isinstance(asked, str):
            bases = self.available() if asked == "all" else self.layers.own_ids("studies") or self.available()
            return [each for base in bases for each in (base, *self._unasked(base))]
        for study in asked:
            if asked.count(study) > 1:
                raise DeclarationError(f"{SHOWN}, studies: '{study}' stands there twice")
            base, _, variant = study.partition(VARIANT)
            if base not in self.available():
                raise DeclarationError(
                    f"{SHOWN}, studies: no study '{base}'{suggestion(base, self.available())}"
                )
            if variant and study not in self.variants(base):
                known = self.base(base)[1].variants
                raise DeclarationError(
                    f"{SHOWN}, studies: '{base}' has no variant '{variant}'{suggestion(variant, known)}"
                )
        return asked

    def _unasked(self, base: str) -> list[str]:
        """Variants that run without being named."""
        own = self.base(base)[1].variants
        return [f"{base}{VARIANT}{name}" for name, variant in own.items() if not variant.on_request]

    def variants(self, base: str) -> list[str]:
        """All study-variants of a study."""
        return [f"{base}{VARIANT}{variant}" for variant in self.base(base)[1].variants]

    def base(self, base: str) -> tuple[dict[str, Any], StudyFile]:
        """A study's file: as it is written, and checked."""
        if base not in self._declared:
            shown = f"config/studies/{base}.yaml"
            raw = self.layers.yaml(f"studies/{base}.yaml")
            for key, now in MOVED.items():
                if isinstance(raw, dict) and key in raw:
                    raise DeclarationError(f"{shown}: section '{key}' now stands under {now}; move it there")
            self._declared[base] = (raw, validate(StudyFile, raw, shown))
        return self._declared[base]

    def study(self, study: str) -> Study:
        """A study or study-variant, checked and completed once."""
        if study not in self._studies:
            self._studies[study] = self.altered(study, dict)
        return self._studies[study]

    def altered(self, study: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Study:
        """A study or study-variant with its mapping changed, checked and completed.

        Parameters
        ----------
        change : from the mapping as it stands in the file, a variant's changes made, to another one
        """
        base, _, variant = study.partition(VARIANT)
        raw, model = self.base(base)
        outputs = {"tables": model.tables, "figures": model.figures}
        shown, label = f"config/studies/{base}.yaml", None
        if variant:
            label = Text.of(**model.variants[variant].label.plain())
            raw = varied(raw, shown, model, variant)
            shown = f"{shown} (variant {variant})"
        if variant or change is not dict:
            raw = change(raw)
            model = _again(self.base(base), raw, shown)
        own = None
        if model.sample.file is not None:
            from nianjian.own.facts import read_own

            own = read_own(model, raw, shown, self.layers)
            model = own.model
        return Study(
            study, model, shown, own.items if own else self.items, kinds=self.kinds, layers=self.layers,
            variant=label, results=self.results, own=own, style=self.config.style, appearance=self.config.appearance,
            outputs={section: {**whole, **getattr(model, section)} for section, whole in outputs.items()},
        )  # fmt: skip

    def books(self, study: str) -> str | None:
        """The books that a study-variant is meant for: ``real``, ``simulated``, or None for both."""
        base, _, variant = study.partition(VARIANT)
        return self.base(base)[1].variants[variant].books if variant else None

    def lacking(self, study: str, printed: Mapping[str, Printed]) -> list[str]:
        """Items that a study's required variables need and no source at hand prints in the study's years."""
        resolved = self.study(study)
        if resolved.own is not None:
            return []
        needed: set[str] = set()
        for name, variable in resolved.model.variables.items():
            if variable.required:
                needed |= {used.removesuffix(DISTRICTS) for used in resolved.formulas[name].names}
        first, last = resolved.years

        def there(item: str) -> bool:
            begin, end = printed.get(item, (last + 1, None))
            return (begin is None or begin <= last) and (end is None or first <= end)

        return sorted(item for item in needed if item in self.items and not there(item))

    def fuller(self, study: str, printed: Mapping[str, Printed], origin: str) -> str | None:
        """The variant that runs instead of a study-variant that is not asked for by name.

        Raises
        ------
        DeclarationError
            If there is no such variant.
        """
        base, _, variant = study.partition(VARIANT)
        variants = self.base(base)[1].variants
        other = variants[variant].unless if variant else None
        if other is None or not isinstance(self.config.studies, str):
            return None
        if other not in variants or other == variant:
            raise DeclarationError(
                f"config/studies/{base}.yaml, variants.{variant}.unless: no other variant '{other}'"
                f"{suggestion(other, set(variants) - {variant})}"
            )
        name = f"{base}{VARIANT}{other}"
        runs = self.books(name) in (None, origin) and not self.lacking(name, printed)
        return other if runs and not variants[other].on_request else None

    def at_hand(self, printed: Mapping[str, Printed], origin: str) -> tuple[list[Study], dict[str, str]]:
        """Studies whose items some source at hand prints; and why the others are left out.

        Parameters
        ----------
        printed : items that the books and panels at hand print, with the first and last data year
        origin : ``simulated`` or ``real``
        """
        kept: list[Study] = []
        out: dict[str, str] = {}
        for name in self.names():
            if (fuller := self.fuller(name, printed, origin)) is not None:
                out[name] = f"its variant '{fuller}' runs, which has more of it"
                continue
            meant = self.books(name)
            if meant not in (None, origin):
                out[name] = f"it is meant for {meant} books"
                continue
            lacking = self.lacking(name, printed)
            if lacking:
                out[name] = f"no source at hand prints {', '.join(lacking)}"
            else:
                kept.append(self.study(name))
        return kept, out
