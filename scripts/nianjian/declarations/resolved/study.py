"""A resolved study: what rules and scripts get of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.base import Text, listed
from nianjian.declarations.models.indices import Efficiency, Productivity
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import sorted_keys
from nianjian.declarations.resolved import figures, scores, specs, tables, variables
from nianjian.declarations.resolved.names import PRODUCTIVITY, ROLES, StudyNames, words

LANGUAGES = ("en", "zh")


class ResolvedStudy(StudyNames):
    """A study with everything filled in and checked against items, attributes and itself.

    Attributes
    ----------
    name : the study's id, or that of a variant
    variant : what the variant is called; None for the study itself
    formulas : parsed formula of every variable and group
    specs : complete specifications by name, ladders unfolded
    tables : resolved tables by id

    Raises
    ------
    DeclarationError
        If anything is wrong.
    """

    def __init__(
        self,
        name: str,
        model: Study,
        shown: str,
        items: Mapping[str, Item],
        variant: Text | None = None,
        published_dir: Path | None = None,
    ) -> None:
        super().__init__(model, shown, items)
        self.name, self.variant = name, variant
        self.check_names()
        self.formulas = variables.parse_formulas(self)
        scores.check_matrices(self)
        variables.check_chains(self)
        scores.check_indices(self)
        scores.check_scores(self)
        self.specs = specs.resolve_specs(self)
        specs.check_specs(self, self.specs)
        self.tables = {
            key: tables.resolve_table(self, self.specs, key, table, published_dir)
            for key, table in model.tables.items()
        }
        for key, figure in model.figures.items():
            figures.check_figure(self, self.specs, key, figure)

    def titled(self, title: Mapping[str, str]) -> dict[str, str]:
        """A title with the name of the variant behind it."""
        if self.variant is None:
            return dict(title)
        variant = self.variant.plain()
        return {language: f"{title[language]} ({variant[language]})" for language in LANGUAGES}

    def sample(self) -> dict[str, Any]:
        """What the sample depends on: labels, specs and tables are no part of it, so they do not rerun it."""
        model = self.model
        used = {name for formula in self.formulas.values() for name in formula.names}
        used |= {key for chain in model.sample.missing.chain for key in (chain.item, chain.growth)}
        units = {**self.item_units, **self.fixed_units}
        strip = {"label", "note", "unit_label", "only_in"}
        return sorted_keys(
            {
                "study": self.name,
                "file": self.shown,
                **model.sample.plain(),
                # A list, since a variable may use those above it.
                "variables": [
                    {
                        "name": name,
                        **{k: v for k, v in variable.plain().items() if k not in strip},
                        "expr": self.formulas[name].text,
                    }
                    for name, variable in model.variables.items()
                ],
                "groups": [{"name": name, "expr": self.formulas[name].text} for name in model.groups],
                "attributes": {
                    name: {k: v for k, v in each.plain().items() if k not in ("label", "values")}
                    | {"column": each.column or name}
                    for name, each in model.attributes.items()
                },
                "policies": [
                    {"name": name, "main": bool(model.treatment) and name == model.treatment.name}
                    | {k: v for k, v in policy.plain().items() if k not in strip | {"name"}}
                    for name, policy in self.policies.items()
                ],
                "units": {name: units[name] for name in sorted(used & set(units))},
                "items": sorted(used & set(self.item_units)),
            }
        )

    def index(self, index: str) -> dict[str, Any]:
        """An index's method, and its dimensions as lists of ``{indicator, sign}``."""
        self.check_known("indices", index, self.model.indices, "index")
        declared = self.model.indices[index]
        dimensions = {}
        for name, dimension in declared.dimensions.items():
            dimensions[name] = [
                {"indicator": each.lstrip("-"), "sign": "-" if each.startswith("-") else "+"}
                for each in scores.signed_names(dimension)
            ]
        plain = {key: value for key, value in declared.plain().items() if key not in ("dimensions", "label")}
        return sorted_keys(plain | {"dimensions": dimensions})

    def efficiency(self, name: str) -> dict[str, Any]:
        """An efficiency or productivity index's declaration."""
        declared: dict[str, Efficiency | Productivity] = {**self.model.efficiency, **self.model.productivity}
        self.check_known("efficiency", name, declared, "efficiency or productivity index")
        return sorted_keys({key: value for key, value in declared[name].plain().items() if key != "label"})

    def inequality(self, name: str) -> dict[str, Any]:
        """An inequality's declaration, with its groups in order and the columns of its components."""
        self.check_known("inequality", name, self.model.inequality, "inequality")
        declared = self.model.inequality[name]
        order = list(self.model.attributes[declared.groups].values) if declared.groups else []
        return sorted_keys(declared.plain() | {"order": order, "components": self.components(name)})

    def score_indices(self, name: str) -> list[str]:
        """Indices that an efficiency, productivity or inequality is made from."""
        if name in self.model.inequality:
            return self.indices_of([self.model.inequality[name].of])
        declared = self.efficiency(name)
        return self.indices_of(column for role in ROLES for column in declared[role])

    def spec(self, spec: str) -> dict[str, Any]:
        """A specification with all defaults, without its label."""
        self.check_known("specs", spec, self.specs, "spec")
        return sorted_keys(
            {key: value for key, value in self.specs[spec].items() if key not in ("label", "note")}
        )

    def matrix(self, name: str) -> dict[str, Any]:
        """A spatial weight matrix's declaration, with those that it is made of under ``parts``."""
        declared = self.model.spatial_weights
        self.check_known("spatial_weights", name, declared, "matrix")
        plain = {key: value for key, value in declared[name].plain().items() if key != "label"}
        parts = [plain[key] for key in ("first", "second") if plain[key]]
        return sorted_keys(plain | {"parts": {part: self.matrix(part) for part in parts}})

    def spec_matrices(self, spec: str) -> list[str]:
        """Spatial weight matrices that a specification reads."""
        return sorted(set(specs.matrices_of(self.spec(spec))))

    def spec_indices(self, spec: str) -> list[str]:
        """Indices that a specification reads."""
        declared = self.spec(spec)
        used = [
            declared["outcome"],
            *(name for part in specs.USED for name in listed(declared.get(part)) or []),
        ]
        used += [declared["weights"]] if declared["weights"] else []
        if declared["where"]:
            used += formulas.parse(declared["where"], "", known=self.columns).names
        return self.indices_of(used)

    def labels(self) -> dict[str, dict[str, Any]]:
        """Words for every column that a table may name: ``{en, zh}``, and ``unit`` where it is known."""
        model, found = self.model, {}
        for name, variable in model.variables.items():
            item = self.items.get(name.removesuffix(DISTRICTS))
            found[name] = words(variable.label or (Text(en=item.en, zh=item.zh) if item else None), name)
            unit = variable.unit or (item.unit if item and variable.expr in (None, name) else None)
            if variable.unit_label or unit:
                found[name]["unit"] = variable.unit_label.plain() if variable.unit_label else unit
        computed = {**model.indices, **model.efficiency, **model.productivity}
        for name, each in {**self.policies, **model.groups, **model.attributes, **computed}.items():
            found[name] = words(each.label, name)
        for name, each in model.attributes.items():
            # A list keeps the order, which sorted keys would not.
            if each.values:
                found[name]["values"] = [
                    {"value": value, **text.plain()} for value, text in each.values.items()
                ]
        for name, matrix in model.spatial_weights.items():
            found[name] = words(matrix.label, name)
        for index, each in model.indices.items():
            for key, dimension in each.dimensions.items():
                found[f"{index}_{key}"] = words(dimension.label, key)
        for name in model.productivity:
            for suffix, factor in PRODUCTIVITY.items():
                if suffix:
                    joined = {tongue: f"{found[name][tongue]} ({factor[tongue]})" for tongue in LANGUAGES}
                    found[f"{name}{suffix}"] = joined
        return sorted_keys(found)

    def table(self, table: str) -> dict[str, Any]:
        """A table's declaration as :mod:`nianjian.publish.declared` reads it."""
        self.check_known("tables", table, self.tables, "table")
        plain = {key: value for key, value in self.tables[table].items() if key != "index"}
        return sorted_keys(plain | {"title": self.titled(plain["title"])})

    def table_specs(self, table: str) -> list[str]:
        """Specifications that a table's columns show; none for tables of other kinds."""
        self.check_known("tables", table, self.tables, "table")
        return list(self.tables[table]["columns"]) if self.tables[table]["kind"] in tables.SHOWN else []

    def table_indices(self, table: str) -> list[str]:
        """Indices whose scores (descriptive, means) or weights (indicators, sensitivity) a table prints."""
        self.check_known("tables", table, self.tables, "table")
        plain = self.tables[table]
        if plain["kind"] in ("indicators", "sensitivity"):
            return [plain["index"]]
        if plain["kind"] == "descriptive":
            return self.indices_of(row["term"] for row in tables.row_terms(plain["rows"]))
        if plain["kind"] == "inputs_outputs":
            return self.indices_of(column for own in plain["roles"].values() for column in own)
        if plain["kind"] == "means":
            return self.indices_of(column["values"] for column in plain["columns"])
        return []

    def figure(self, figure: str) -> dict[str, Any]:
        """A figure's declaration, with what its drawing needs to know of the study."""
        self.check_known("figures", figure, self.model.figures, "figure")
        plain = figures.figure_plain(self, self.specs, self.model.figures[figure])
        return sorted_keys(plain | {"title": self.titled(plain["title"])})

    def figure_inputs(self, figure: str) -> dict[str, Any]:
        """What a figure is drawn from: ``specs``, ``inequality``, ``weights``, or ``sample`` with ``indices``."""
        self.check_known("figures", figure, self.model.figures, "figure")
        return figures.figure_inputs(self, self.model.figures[figure])

    def reference_files(self) -> list[str]:
        """Files below ``config/reference`` that the sample reads."""
        files = {"cities.csv", *(each.file for each in self.model.attributes.values())}
        files |= {f"policies/{policy.policy}.csv" for policy in self.policies.values()}
        if self.model.sample.cities.boundary == "drop":
            files.add("city_events.csv")
        return sorted(files)

    def check_units(self) -> dict[str, str]:
        """Unit of every variable; raises where unlike units are added.

        It imports pint, so it is not for the Snakefile.
        """
        return variables.derive_units(self, self.formulas)
