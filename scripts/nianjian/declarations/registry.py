"""All that ``config/`` declares, as plain values for rules and scripts."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from nianjian import formulas
from nianjian.declarations.models.config import ASKED, Config
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.items import Checks, Item, Items
from nianjian.declarations.models.sources import Ignore, Panel, Source
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import read_yaml, suggestion, validate
from nianjian.declarations.resolved.names import DISTRICTS, RESERVED
from nianjian.declarations.resolved.study import ResolvedStudy
from nianjian.declarations.variants import varied
from nianjian.errors import DeclarationError

CONFIG = Path(__file__).resolve().parents[3] / "config"
VARIANT = "-"
"""Stands between a study's id and its variant's."""


class Registry:
    """All studies that are declared and asked for, for the Snakefile and the scripts.

    Attributes
    ----------
    config : the run-wide switches
    items : the dictionary
    """

    def __init__(self, config_dir: Path, config: Config, items: Mapping[str, Item]) -> None:
        self.config_dir, self.config, self.items = config_dir, config, items
        self._declared: dict[str, tuple[dict[str, Any], str, Study]] = {}
        self._resolved: dict[str, ResolvedStudy] = {}

    @classmethod
    def load(cls, config_dir: str | Path = CONFIG, config: Mapping[str, Any] | None = None) -> Registry:
        """Read and check the run's switches, the dictionary and the studies that the run asks for.

        Parameters
        ----------
        config_dir : folder that holds config.yaml, items.yaml, studies, reference, published
        config : Snakemake's ``config``, with what the command line changed; None reads config.yaml

        Raises
        ------
        DeclarationError
            If anything is wrong. Studies that the run does not ask for are not looked at.
        """
        config_dir = Path(config_dir)
        shown = f"{config_dir.name}/config.yaml"
        raw = read_yaml(config_dir / "config.yaml", shown) if config is None else copy.deepcopy(dict(config))
        if isinstance(raw, dict):
            raw = {key: value for key, value in raw.items() if key not in ASKED}
        checked: Config = validate(Config, raw, shown)
        registry = cls(config_dir, checked, _read_items(config_dir))
        available = registry.available()
        for study in checked.studies:
            if checked.studies.count(study) > 1:
                raise DeclarationError(f"{shown}, studies: '{study}' stands there twice")
            base, _, variant = study.partition(VARIANT)
            if base not in available:
                raise DeclarationError(f"{shown}, studies: no study '{base}'{suggestion(base, available)}")
            variants = registry._base(base)[2].variants
            if variant and variant not in variants:
                raise DeclarationError(
                    f"{shown}, studies: '{base}' has no variant '{variant}'{suggestion(variant, variants)}"
                )
            registry.study(study)
        return registry

    def available(self) -> list[str]:
        """Ids of all files in config/studies."""
        return sorted(path.stem for path in (self.config_dir / "studies").glob("*.yaml"))

    def names(self) -> list[str]:
        """Ids of the studies, and study-variants, that the run asks for."""
        return list(self.config.studies)

    def _base(self, base: str) -> tuple[dict[str, Any], str, Study]:
        if base not in self._declared:
            shown = f"{self.config_dir.name}/studies/{base}.yaml"
            raw = read_yaml(self.config_dir / "studies" / f"{base}.yaml", shown)
            self._declared[base] = (raw, shown, validate(Study, raw, shown))
        return self._declared[base]

    def study(self, study: str) -> ResolvedStudy:
        """A study or study-variant, checked and resolved once."""
        if study not in self._resolved:
            base, _, variant = study.partition(VARIANT)
            raw, shown, model = self._base(base)
            label = None
            if variant:
                label = model.variants[variant].label
                raw = varied(raw, shown, model, variant)
                shown = f"{shown} (variant {variant})"
                model = validate(Study, raw, shown)
            self._resolved[study] = ResolvedStudy(
                study, model, shown, self.items, label, self.config_dir / "published"
            )
        return self._resolved[study]

    # Plain values for rules.

    def title(self, study: str) -> dict[str, str]:
        """The study's title in both languages."""
        resolved = self.study(study)
        return resolved.titled(resolved.model.title.plain())

    def paper(self, study: str) -> str | None:
        """What config/published calls the study's paper."""
        return self.study(study).model.paper

    def published_files(self, study: str) -> list[str]:
        """Files of config/published that hold the paper's numbers."""
        paper = self.paper(study)
        files = sorted((self.config_dir / "published").glob(f"{paper}_*.csv")) if paper else []
        return [f"{self.config_dir.name}/published/{path.name}" for path in files]

    def books(self, study: str) -> str | None:
        """The books that a study-variant is meant for: ``real``, ``simulated``, or None for both."""
        base, _, variant = study.partition(VARIANT)
        return self._base(base)[2].variants[variant].books if variant else None

    def lacking(self, study: str, printed: Container[str]) -> list[str]:
        """Items that a study's required variables need and no source at hand prints."""
        resolved = self.study(study)
        needed: set[str] = set()
        for name, variable in resolved.model.variables.items():
            if variable.required:
                needed |= {used.removesuffix(DISTRICTS) for used in resolved.formulas[name].names}
        return sorted(item for item in needed if item in self.items and item not in printed)

    def sample(self, study: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.sample`."""
        return self.study(study).sample()

    def reference_files(self, study: str) -> list[str]:
        """Files that a study's sample reads beside the panel, relative to the folder that holds config/."""
        return [f"{self.config_dir.name}/reference/{file}" for file in self.study(study).reference_files()]

    def labels(self, study: str) -> dict[str, dict[str, Any]]:
        """See :meth:`ResolvedStudy.labels`."""
        return self.study(study).labels()

    def indices(self, study: str) -> list[str]:
        """Names of a study's indices."""
        return list(self.study(study).model.indices)

    def index(self, study: str, index: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.index`."""
        return self.study(study).index(index)

    def efficiencies(self, study: str) -> list[str]:
        """Names of a study's efficiency indices."""
        return list(self.study(study).model.efficiency)

    def productivities(self, study: str) -> list[str]:
        """Names of a study's productivity indices."""
        return list(self.study(study).model.productivity)

    def efficiency(self, study: str, name: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.efficiency`."""
        return self.study(study).efficiency(name)

    def inequalities(self, study: str) -> list[str]:
        """Names of a study's inequalities."""
        return list(self.study(study).model.inequality)

    def inequality(self, study: str, name: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.inequality`."""
        return self.study(study).inequality(name)

    def score_indices(self, study: str, name: str) -> list[str]:
        """See :meth:`ResolvedStudy.score_indices`."""
        return self.study(study).score_indices(name)

    def matrices(self, study: str) -> list[str]:
        """Names of a study's spatial weight matrices."""
        return list(self.study(study).model.spatial_weights)

    def matrix(self, study: str, name: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.matrix`."""
        return self.study(study).matrix(name)

    def specs(self, study: str) -> list[str]:
        """Names of a study's specifications, ladders unfolded."""
        return list(self.study(study).specs)

    def spec(self, study: str, spec: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.spec`."""
        return self.study(study).spec(spec)

    def spec_indices(self, study: str, spec: str) -> list[str]:
        """See :meth:`ResolvedStudy.spec_indices`."""
        return self.study(study).spec_indices(spec)

    def spec_matrices(self, study: str, spec: str) -> list[str]:
        """See :meth:`ResolvedStudy.spec_matrices`."""
        return self.study(study).spec_matrices(spec)

    def tables(self, study: str) -> list[str]:
        """Ids of a study's tables."""
        return list(self.study(study).tables)

    def table(self, study: str, table: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.table`."""
        return self.study(study).table(table)

    def table_specs(self, study: str, table: str) -> list[str]:
        """See :meth:`ResolvedStudy.table_specs`."""
        return self.study(study).table_specs(table)

    def table_indices(self, study: str, table: str) -> list[str]:
        """See :meth:`ResolvedStudy.table_indices`."""
        return self.study(study).table_indices(table)

    def figures(self, study: str) -> list[str]:
        """Ids of a study's figures."""
        return list(self.study(study).model.figures)

    def figure(self, study: str, figure: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.figure`."""
        return self.study(study).figure(figure)

    def figure_inputs(self, study: str, figure: str) -> dict[str, Any]:
        """See :meth:`ResolvedStudy.figure_inputs`."""
        return self.study(study).figure_inputs(figure)


def _read_items(config_dir: Path) -> dict[str, Item]:
    shown = f"{config_dir.name}/items.yaml"
    items: dict[str, Item] = validate(Items, read_yaml(config_dir / "items.yaml", shown), shown)
    for name, item in items.items():
        if name in formulas.FUNCTIONS or name in RESERVED:
            raise DeclarationError(
                f"{shown}, {name}: formulas use this name for something else; choose another"
            )
        if item.default_scope and item.default_scope not in item.scopes:
            raise DeclarationError(
                f"{shown}, {name}.default_scope: '{item.default_scope}' is none of its scopes"
            )
    return items


def load_items(config_dir: str | Path = CONFIG) -> dict[str, dict[str, Any]]:
    """The dictionary, checked.

    Raises
    ------
    DeclarationError
        If ``items.yaml`` is not as declared, or gives an item a name that formulas use otherwise.
    """
    return {name: item.plain() for name, item in _read_items(Path(config_dir)).items()}


def _check_item(name: str, items: Iterable[str], where: str) -> None:
    if name not in (items := list(items)):
        raise DeclarationError(f"{where}: no item '{name}'{suggestion(name, items)}")


def load_sources(config_dir: str | Path = CONFIG) -> dict[str, dict[str, Any]]:
    """All sources by id; the items of panels are checked against the dictionary.

    Raises
    ------
    DeclarationError
    """
    config_dir, found = Path(config_dir), {}
    items: dict[str, Item] | None = None
    for path in sorted((config_dir / "sources").glob("*.yaml")):
        shown = f"{config_dir.name}/sources/{path.name}"
        source = validate(Source, read_yaml(path, shown), shown)
        if isinstance(source, Panel):
            items = items if items is not None else _read_items(config_dir)
            for column, value in source.values.items():
                _check_item(value.item, items, f"{shown}, values.{column}.item")
                if value.scope not in items[value.item].scopes:
                    raise DeclarationError(
                        f"{shown}, values.{column}.scope: item '{value.item}' has no scope '{value.scope}'"
                    )
        found[path.stem] = source.plain()
    return found


def load_corrections(config_dir: str | Path, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Corrections and misprint patterns of the named files in config/corrections.

    Returns
    -------
    ``patterns`` and ``corrections``; a correction for several cities is one entry a city, keys without a
    value are left out.

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    items = _read_items(config_dir)
    found: dict[str, list[dict[str, Any]]] = {"patterns": [], "corrections": []}
    for name in names:
        shown = f"{config_dir.name}/corrections/{name}"
        file: CorrectionFile = validate(
            CorrectionFile, read_yaml(config_dir / "corrections" / name, shown), shown
        )
        found["patterns"] += [pattern.plain() for pattern in file.patterns]
        for position, each in enumerate(file.corrections):
            if each.item is not None:
                _check_item(each.item, items, f"{shown}, corrections[{position}].item")
            plain = each.model_dump(mode="json", exclude_none=True)
            low, high = plain["expect"].pop("between", (None, None))
            plain["expect"] |= {"gt": low, "lt": high} if low is not None else {}
            cities = plain.get("city")
            found["corrections"] += (
                [plain | {"city": city} for city in cities] if isinstance(cities, list) else [plain]
            )
    return found


def load_checks(config_dir: str | Path = CONFIG) -> dict[str, Any]:
    """Identities between items (``checks.yaml``): ``shares``, ``share_tolerance``, ``sums``.

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    shown, items = f"{config_dir.name}/checks.yaml", _read_items(config_dir)
    checks: Checks = validate(Checks, read_yaml(config_dir / "checks.yaml", shown), shown)
    for position, shares in enumerate(checks.shares):
        for name in shares:
            _check_item(name, items, f"{shown}, shares[{position}]")
    for position, each in enumerate(checks.sums):
        for name in (each.total, *each.parts):
            _check_item(name, items, f"{shown}, sums[{position}]")
    return checks.plain()


def load_ignored(config_dir: str | Path = CONFIG) -> list[dict[str, Any]]:
    """Printed columns that are left out on purpose (``ignored.yaml``).

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    shown = f"{config_dir.name}/ignored.yaml"
    return [entry.plain() for entry in validate(Ignore, read_yaml(config_dir / "ignored.yaml", shown), shown)]
