"""All that ``config/`` declares, as plain values for rules and scripts."""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.loading import CONFIG, read_items
from nianjian.declarations.models.config import ASKED, Config
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import read_yaml, suggestion, validate
from nianjian.declarations.resolved.study import ResolvedStudy
from nianjian.declarations.variants import varied
from nianjian.errors import DeclarationError

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
        registry = cls(config_dir, checked, read_items(config_dir))
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
