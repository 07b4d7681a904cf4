"""A study with everything filled in and checked: against the dictionary, the reference files and itself."""

from __future__ import annotations

import copy
import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from nianjian import effects, formulas
from nianjian.declarations.models import (
    ESTIMATORS,
    Dimension,
    Efficiency,
    Index,
    Item,
    Policy,
    Productivity,
    RegressionTable,
    Study,
    Text,
    listed,
)
from nianjian.declarations.reading import sorted_keys, suggestion, validate
from nianjian.errors import DeclarationError

LANGUAGES = ("en", "zh")
DISTRICTS = "__districts"
"""Suffix of an item's column for scope 市辖区."""
FIRST = "first_treated_year"
"""Column of the treatment's first year."""
RESERVED = ("city", "year", "city_name", "province", FIRST)
"""Columns that every sample has."""
CONSTANT = "_cons"
USED = ("treatment", "controls", "endogenous", "instruments", "covariates", "mediators", "by")
"""Keys of a specification that name columns beside the outcome."""
UNCLUSTERED = ("spatial_panel", "spatial_association", "local_association", "weight_choice")
"""Estimators whose errors are not clustered unless asked for."""
DESCRIPTIVE = ("spatial_association", "local_association")
"""Estimators of one variable's pattern: they have no treatment."""
STAGGERED = ("event_study", "placebo", "psm_did")
"""Estimators that read the first treated year of every city."""
DRAWN_FROM = {
    "event_study": "event_study",
    "placebo": "placebo",
    "balance": "psm_did",
    "moran_scatter": "local_association",
    "cluster_map": "local_association",
    "weight_choice": "weight_choice",
}
"""The estimator whose results a figure draws."""
SHOWN = {
    "regression": None,
    "association": ("spatial_association",),
    "tests": None,
    "effects": ("spatial_panel",),
    "weight_choice": ("weight_choice",),
}
"""Kinds of tables that are made from estimates, with the estimators that they show; None: any."""
SPATIAL_TERMS = ("rho", "lambda")
"""Coefficients of spatial models that belong to no regressor."""
ROLES = ("inputs", "desirable", "undesirable")
"""Keys of efficiency and productivity that name columns."""
PRODUCTIVITY = {
    "": {},
    "_ec": {"en": "efficiency change", "zh": "效率变化"},
    "_tc": {"en": "technical change", "zh": "技术变化"},
    "_level": {"en": "cumulated", "zh": "累积"},
}
"""Columns of a productivity index: the change itself, its two factors, and the product since the first year."""


def _words(label: Text | None, name: str) -> dict[str, str]:
    return label.plain() if label else {"en": name, "zh": name}


def _terms(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows of a table without their groups."""
    for row in rows:
        if "rows" in row:
            yield from _terms(row["rows"])
        else:
            yield row


def without(raw: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    """A study's raw mapping without some variables, wherever lists name them."""

    def kept(names: Any) -> Any:
        return (
            [name for name in names if str(name).lstrip("-") not in dropped]
            if isinstance(names, list)
            else names
        )

    raw = copy.deepcopy(raw)
    raw["variables"] = {name: entry for name, entry in raw["variables"].items() if name not in dropped}
    for index in (raw.get("indices") or {}).values():
        for key in ("given", "bounds"):
            if key in index:
                index[key] = {name: entry for name, entry in index[key].items() if name not in dropped}
        for name, dimension in list(index["dimensions"].items()):
            if "indicators" in dimension:
                dimension["indicators"] = kept(dimension["indicators"])
            for key, component in list((dimension.get("components") or {}).items()):
                component["indicators"] = kept(component["indicators"])
                if not component["indicators"]:
                    del dimension["components"][key]
            if not dimension.get("indicators") and not dimension.get("components"):
                del index["dimensions"][name]
    for section in ("efficiency", "productivity"):
        for entry in (raw.get(section) or {}).values():
            for key in ROLES:
                if key in entry:
                    entry[key] = kept(entry[key])
    for spec in (raw.get("specs") or {}).values():
        for key in ("controls", "add_controls"):
            if key in spec:
                spec[key] = kept(spec[key])
    for table in (raw.get("tables") or {}).values():
        if isinstance(table.get("rows"), list):
            table["rows"] = _kept_rows(table["rows"], dropped)
    return raw


def _kept_rows(rows: list[Any], dropped: set[str]) -> list[Any]:
    """Rows of a table without some variables; a group that loses all of its rows goes with them."""
    kept = []
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("rows"), list):
            inner = _kept_rows(row["rows"], dropped)
            kept += [row | {"rows": inner}] if inner else []
        elif (row.get("term") if isinstance(row, dict) else row) not in dropped:
            kept.append(row)
    return kept


def _signed_names(dimension: Dimension) -> list[str]:
    """Indicators of a dimension and its components, with their signs, in order."""
    inner = [name for component in dimension.components.values() for name in component.indicators]
    return [*dimension.indicators, *inner]


class ResolvedStudy:
    """A study with everything filled in and checked against items, attributes and itself."""

    def __init__(
        self,
        name: str,
        model: Study,
        shown: str,
        items: Mapping[str, Item],
        variant: Text | None = None,
        published_dir: Path | None = None,
    ) -> None:
        self.name, self.model, self.shown, self.items = name, model, shown, items
        self.variant, self.published_dir = variant, published_dir
        self._check_names()
        self.formulas = self._parse_variables()
        self.specs = self._resolve_specs()
        self._check_specs()
        self.tables = {key: self._resolve_table(key, table) for key, table in model.tables.items()}
        self._check_figures()

    def fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"{self.shown}, {key}: {what}")

    def _known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        if name not in (known := list(known)):
            raise self.fail(key, f"'{name}' is no {what}{suggestion(name, known)}")

    # names

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Every dummy by its column, the treatment first."""
        treatment = {self.model.treatment.name: self.model.treatment} if self.model.treatment else {}
        return {**treatment, **self.model.policies}

    @cached_property
    def item_units(self) -> dict[str, str]:
        """Unit of every column of the panel."""
        units = {}
        for name, item in self.items.items():
            if "city" in item.scopes:
                units[name] = item.unit
            if "districts" in item.scopes:
                units[name + DISTRICTS] = item.unit
        return units

    @cached_property
    def fixed_units(self) -> dict[str, str]:
        """Units of attributes and dummies."""
        dummies = dict.fromkeys([*self.policies, *([FIRST] if self.model.treatment else [])], "1")
        return {
            **{name: each.unit for name, each in self.model.attributes.items()},
            "province": "1",
            **dummies,
        }

    @cached_property
    def dimension_columns(self) -> dict[str, str]:
        """Column of a dimension's score to its index."""
        return {
            f"{index}_{dimension}": index
            for index, each in self.model.indices.items()
            if each.sums()
            for dimension in each.dimensions
        }

    @cached_property
    def score_columns(self) -> dict[str, str]:
        """Every column that the index stage adds to the sample, to the file that holds it."""
        model = self.model
        return {
            **{index: index for index in model.indices},
            **self.dimension_columns,
            **{name: name for name in model.efficiency},
            **{f"{name}{suffix}": name for name in model.productivity for suffix in PRODUCTIVITY},
        }

    @cached_property
    def columns(self) -> list[str]:
        """What a specification may use: the sample's and the indices' columns."""
        model = self.model
        own = [*model.variables, *(name for name in self.fixed_units if name != "province"), *model.groups]
        return ["city", "year", "province", *own, *self.score_columns]

    def _check_names(self) -> None:
        model = self.model
        taken: dict[str, str] = dict.fromkeys(RESERVED, "a built-in name")
        taken |= dict.fromkeys(formulas.FUNCTIONS, "a function")
        sections = {
            "attributes": model.attributes,
            "variables": model.variables,
            "treatment": [model.treatment.name] if model.treatment else [],
            "policies": model.policies,
            "groups": model.groups,
            "indices": model.indices,
            "dimensions of indices": self.dimension_columns,
            "efficiency": model.efficiency,
            "productivity": [
                name for name in self.score_columns if self.score_columns[name] in model.productivity
            ],
            "inequality": model.inequality,
            "spatial_weights": model.spatial_weights,
        }
        for section, names in sections.items():
            for name in names:
                if name in taken:
                    raise self.fail(
                        f"{section}.{name}",
                        f"the name '{name}' is taken, it is {taken[name]}; choose another",
                    )
                taken[name] = f"declared under {section}"

    def _parse_variables(self) -> dict[str, formulas.Formula]:
        """Formula of every variable and group, with the names that stand above it known to it."""
        parsed: dict[str, formulas.Formula] = {}
        known = {**self.item_units, **self.fixed_units}
        declared = list(self.model.variables)
        for position, (name, variable) in enumerate(self.model.variables.items()):
            where = f"{self.shown}, variables.{name}"
            if variable.expr is None and name not in self.item_units:
                raise DeclarationError(
                    f"{where}: no item '{name}'{suggestion(name, self.item_units)}, or give it an expr"
                )
            if variable.expr is not None and name in self.item_units and variable.expr.strip() != name:
                # Another quantity needs another name: `gdp` must mean the same in every study.
                raise DeclarationError(
                    f"{where}: '{name}' is an item and may not be redefined; choose another name"
                )
            formula = formulas.parse(variable.expr or name, where, known={*known, *declared})
            later = sorted(formula.names & set(declared[position:]) - set(self.item_units))
            if later:
                raise DeclarationError(f"{where}: '{later[0]}' is declared further down; move it above")
            parsed[name] = formula
            known[name] = ""
        for name, group in self.model.groups.items():
            parsed[name] = formulas.parse(
                group.expr, f"{self.shown}, groups.{name}", known={*known, *declared}
            )
            known[name] = ""
        for index, drop in enumerate(self.model.sample.cities.drop):
            if drop.where:
                formulas.parse(
                    drop.where,
                    f"{self.shown}, sample.cities.drop[{index}].where",
                    known=[*self.model.attributes, "province"],
                )
        for name, matrix in self.model.spatial_weights.items():
            for key in ("first", "second"):
                part = getattr(matrix, key)
                if part is not None:
                    self._known(f"spatial_weights.{name}.{key}", part, self.model.spatial_weights, "matrix")
                    if self.model.spatial_weights[part].kind in ("composite", "product"):
                        raise self.fail(f"spatial_weights.{name}.{key}", f"'{part}' is made of two itself")
            if matrix.variable is not None:
                self._known(
                    f"spatial_weights.{name}.variable", matrix.variable, self.model.variables, "variable"
                )
        for index, chain in enumerate(self.model.sample.missing.chain):
            for key in (chain.item, chain.growth):
                self._known(f"sample.missing.chain[{index}]", key, self.item_units, "item")
        for index, each in self.model.indices.items():
            for name in self._indicator_names(each):
                self._known(f"indices.{index}", name, self.model.variables, "variable")
            names = self._indicator_names(each)
            for name in names:
                if names.count(name) > 1:
                    raise self.fail(f"indices.{index}", f"'{name}' stands there twice")
            for key in ("given", "bounds"):
                own = getattr(each, key)
                for name in own:
                    self._known(f"indices.{index}.{key}", name, names, "indicator of this index")
                lacking = [name for name in names if own and name not in own]
                if lacking:
                    raise self.fail(f"indices.{index}.{key}", f"'{lacking[0]}' has no entry")
            if isinstance(each.weights_from, list):
                first, last = self.model.sample.years
                if each.weights_from[0] < first or each.weights_from[1] > last:
                    raise self.fail(
                        f"indices.{index}.weights_from",
                        f"the base period {each.weights_from} lies outside the sample's years {first} to {last}",
                    )
        self._check_scores()
        return parsed

    def _check_scores(self) -> None:
        """What efficiency, productivity and inequality are made of."""
        model = self.model
        for section in ("efficiency", "productivity"):
            for name, each in getattr(model, section).items():
                used: list[str] = []
                for role in ROLES:
                    for column in getattr(each, role):
                        where = f"{section}.{name}.{role}"
                        self._known(where, column, [*model.variables, *model.indices], "variable or index")
                        if column in used:
                            raise self.fail(where, f"'{column}' stands there twice")
                        used.append(column)
        for name, each in model.inequality.items():
            known = [*model.variables, *self.score_columns]
            self._known(f"inequality.{name}.of", each.of, known, "index or variable")
            if each.groups is not None:
                self._known_groups(f"inequality.{name}.groups", each.groups)

    def _known_groups(self, key: str, name: str) -> None:
        """An attribute in words, with labels for its values."""
        texts = [each for each, entry in self.model.attributes.items() if entry.unit == formulas.TEXT]
        self._known(key, name, texts, "attribute in words")
        if not self.model.attributes[name].values:
            raise self.fail(
                f"attributes.{name}", f"key 'values' is missing: {key} needs the labels and their order"
            )

    @staticmethod
    def _indicator_names(index: Index) -> list[str]:
        return [name.lstrip("-") for each in index.dimensions.values() for name in _signed_names(each)]

    # specifications

    def _resolve_specs(self) -> dict[str, dict[str, Any]]:
        written = {name: entry.model_dump(exclude_unset=True) for name, entry in self.model.specs.items()}
        resolved: dict[str, dict[str, Any]] = {}

        def inherit(name: str, path: tuple[str, ...]) -> dict[str, Any]:
            if name in path:
                circle = " → ".join([*path[path.index(name) :], name])
                raise self.fail(f"specs.{path[-1]}.extends", f"specs extend each other in a circle: {circle}")
            entry = dict(written[name])
            parent = entry.pop("extends", None)
            if parent is None:
                base: dict[str, Any] = {}
            else:
                if parent not in written:
                    raise self.fail(
                        f"specs.{name}.extends", f"'{parent}' is no spec{suggestion(parent, written)}"
                    )
                if "ladder" in written[parent]:
                    raise self.fail(f"specs.{name}.extends", f"'{parent}' is a ladder, extend its base")
                base = dict(inherit(parent, (*path, name)))
                base.pop("label", None)
                base.pop("note", None)
            for key in ("controls", "effects"):
                extra = entry.pop(f"add_{key}", None) or []
                if extra:
                    entry[key] = [
                        *(entry.get(key, base.get(key)) or (["city", "year"] if key == "effects" else [])),
                        *extra,
                    ]
            # A key set to null goes back to its default, except cluster: null, which means no clustering.
            result = {**base, **entry}
            return {key: value for key, value in result.items() if value is not None or key == "cluster"}

        for name, entry in written.items():
            if "ladder" not in entry:
                resolved[name] = self._complete_spec(name, inherit(name, ()))
        for name, entry in written.items():
            if "ladder" in entry:
                if set(entry) > {"ladder"}:
                    raise self.fail(f"specs.{name}", "a ladder has no other keys; change its base")
                base = entry["ladder"]["base"]
                self._known(f"specs.{name}.ladder.base", base, resolved, "spec")
                for step, _ in enumerate(resolved[base]["controls"], start=1):
                    if f"{name}{step}" in written:
                        raise self.fail(
                            f"specs.{name}", f"the ladder makes '{name}{step}', which stands there already"
                        )
                    rung = {
                        key: value for key, value in resolved[base].items() if key not in ("label", "note")
                    }
                    resolved[f"{name}{step}"] = rung | {"controls": rung["controls"][: step - 1]}
        return resolved

    def _complete_spec(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        key = f"specs.{name}"
        words = {label: entry.pop(label, None) for label in ("label", "note")}
        estimator = entry.get("estimator")
        if estimator is None:
            raise self.fail(
                key, f"key 'estimator' is missing; write one of {', '.join(ESTIMATORS)}, or extends"
            )
        model = ESTIMATORS[estimator]
        extra = [each for each in entry if each not in model.model_fields]
        if extra:
            raise self.fail(
                key,
                f"estimator {estimator} has no key '{extra[0]}'; set it to null if it is inherited",
            )
        if "treatment" not in entry and self.model.treatment and estimator not in DESCRIPTIVE:
            entry["treatment"] = self.model.treatment.name
        if estimator in UNCLUSTERED:
            entry.setdefault("cluster", None)
        if estimator == "iv" and entry.get("treatment"):
            entry.setdefault("endogenous", [entry["treatment"]])
        if estimator == "psm_did":
            entry.setdefault("covariates", entry.get("controls", []))
        checked: Any = validate(model, entry, self.shown, key)
        return checked.plain() | {label: value for label, value in words.items() if value}

    def _check_specs(self) -> None:
        for name, spec in self.specs.items():
            key = f"specs.{name}"
            self._known(f"{key}.outcome", spec["outcome"], self.columns, "variable, index or treatment")
            for part in USED:
                for column in listed(spec.get(part)) or []:
                    self._known(f"{key}.{part}", column, self.columns, "variable")
                    if column == spec["outcome"]:
                        raise self.fail(f"{key}.{part}", f"'{column}' is the outcome")
            if spec["estimator"] in STAGGERED and (
                self.model.treatment is None or spec["treatment"] != self.model.treatment.name
            ):
                what = f"estimator {spec['estimator']} needs the study's treatment, not {spec['treatment']!r}"
                raise self.fail(f"{key}.treatment", what)
            first, last = self.model.sample.years
            for year in spec.get("years") or []:
                if not first <= year <= last:
                    raise self.fail(
                        f"{key}.years", f"{year} lies outside the sample's years {first} to {last}"
                    )
            for matrix in self._matrices_of(spec):
                self._known(f"{key}.matrix", matrix, self.model.spatial_weights, "matrix of spatial_weights")
            for matrix in spec.get("grid") or []:
                self._known(f"{key}.grid", matrix, spec["matrices"], "entry of matrices")
            for column in spec.get("lagged") or []:
                own = [*(listed(spec["treatment"]) or []), *spec["controls"]]
                self._known(f"{key}.lagged", column, own, "regressor of this spec")
            regressors = [*(listed(spec["treatment"]) or []), *spec["controls"]]
            for column in regressors:
                if regressors.count(column) > 1:
                    raise self.fail(f"{key}.controls", f"'{column}' stands there twice")
            for effect in listed(spec.get("effects")) or []:
                for each in effects.columns(effect):
                    self._known(f"{key}.effects", each, self.columns, "column")
                if effects.parts(effect)[1] in ("province", *self.model.groups):
                    raise self.fail(f"{key}.effects", f"'{effect}': a slope needs a column of numbers")
            for cluster in listed(spec.get("cluster")) or []:
                for each in cluster.split("#"):
                    self._known(f"{key}.cluster", each, self.columns, "column")
            if spec.get("weights"):
                self._known(f"{key}.weights", spec["weights"], self.columns, "variable")
            if spec.get("where"):
                formulas.parse(spec["where"], f"{self.shown}, {key}.where", known=self.columns)

    # tables and figures

    def _resolve_table(self, key: str, table: Any) -> dict[str, Any]:
        where, plain = f"tables.{key}", table.model_dump(mode="json", exclude_none=True)
        if table.kind == "regression":
            self._resolve_regression(where, table, plain)
        elif table.kind == "descriptive":
            for row in _terms(plain["rows"]):
                self._known(f"{where}.rows", row["term"], self.columns, "variable")
        elif table.kind == "groups":
            self._known_groups(f"{where}.groups", table.groups)
        elif table.kind == "means":
            for column in table.columns:
                self._known(f"{where}.columns", column.values, self.columns, "variable or index")
                if column.by:
                    self._known_groups(f"{where}.columns", column.by)
        elif table.kind == "inequality":
            self._resolve_inequality(where, table, plain)
        elif table.kind in SHOWN:
            self._resolve_shown(where, table, plain)
        elif table.kind == "cohorts":
            if self.model.treatment is None:
                raise self.fail(where, "a table of kind cohorts needs key 'treatment' of the study")
            plain["treatment"] = self.model.treatment.name
        elif table.kind == "inputs_outputs":
            self._resolve_inputs_outputs(where, table, plain)
        else:
            self._known(f"{where}.index", plain["index"], self.model.indices, "index")
            if table.kind == "indicators":
                plain["rows"] = self._indicator_rows(plain["index"])
        if table.published:
            paper, _, number = table.published.partition("/")
            file = f"{paper}_{'text' if number == 'text' else f'table{number}'}.csv"
            if self.published_dir is not None and not (self.published_dir / file).is_file():
                raise self.fail(f"{where}.published", f"config/published has no {file}")
        return {name: value for name, value in plain.items() if value != {}}

    def _resolve_regression(self, where: str, table: RegressionTable, plain: dict[str, Any]) -> None:
        """Unfold a regression table's columns, and list its rows if it does not itself."""
        columns = [spec for pattern in table.columns for spec in self._matching(f"{where}.columns", pattern)]
        for spec in columns:
            if columns.count(spec) > 1:
                raise self.fail(f"{where}.columns", f"'{spec}' stands there twice")
        widths = {
            "column_labels": len(table.column_labels or []),
            "column_groups": sum(group.span for group in table.column_groups or []),
        }
        for name, width in widths.items():
            if width and width != len(columns):
                raise self.fail(f"{where}.{name}", f"covers {width} columns, the table has {len(columns)}")
        # The column with most controls names them in their order.
        longest = sorted(columns, key=lambda spec: -len(self.specs[spec]["controls"]))
        terms: dict[str, None] = {}
        for part in ("treatment", "endogenous", "controls"):
            for spec in longest:
                terms.update(dict.fromkeys(listed(self.specs[spec].get(part)) or []))
        if "rows" not in plain:
            plain["rows"] = [{"term": term} for term in [*terms, *([CONSTANT] if table.constant else [])]]
        spatial = any(self.specs[spec]["estimator"] == "spatial_panel" for spec in columns)
        for row in _terms(plain["rows"]):
            if (
                row.get("kind", "coefficient") == "coefficient"
                and "[" not in row["term"]
                and "*" not in row["term"]
            ):
                known = [*terms, CONSTANT, *(SPATIAL_TERMS if spatial else ())]
                self._known(f"{where}.rows", row["term"], known, "regressor of these columns")
        numbers = [f"({number})" for number, _ in enumerate(columns, start=1)]
        for own in table.published_columns.values():
            if own:
                self._known(f"{where}.published_columns", own, [*columns, *numbers], "column of this table")
        plain["columns"] = columns
        del plain["constant"]

    def _resolve_shown(self, where: str, table: Any, plain: dict[str, Any]) -> None:
        """Unfold the specifications of a table of spatial results, and name the regressors of its effects."""
        given = [table.spec] if table.kind == "weight_choice" else table.columns
        columns = [spec for pattern in given for spec in self._matching(f"{where}.columns", pattern)]
        allowed = SHOWN[table.kind]
        for spec in columns:
            estimator = self.specs[spec]["estimator"]
            if allowed is not None and estimator not in allowed:
                what = f"a table of this kind needs estimator {allowed[0]}, '{spec}' has {estimator}"
                raise self.fail(f"{where}.columns", what)
        words = plain.get("column_labels") or []
        if words and len(words) != len(columns):
            raise self.fail(
                f"{where}.column_labels", f"covers {len(words)} columns, the table has {len(columns)}"
            )
        if table.kind == "effects":
            longest = sorted(columns, key=lambda spec: -len(self.specs[spec]["controls"]))
            terms = dict.fromkeys(
                term
                for part in ("treatment", "controls")
                for spec in longest
                for term in listed(self.specs[spec].get(part)) or []
            )
            plain.setdefault("rows", [{"term": term} for term in terms])
            for row in _terms(plain["rows"]):
                self._known(f"{where}.rows", row["term"], terms, "regressor of these specs")
        plain["columns"] = columns

    def _resolve_inputs_outputs(self, where: str, table: Any, plain: dict[str, Any]) -> None:
        """The inputs and outputs of an efficiency, with the indicators of those that are indices."""
        declared: dict[str, Efficiency | Productivity] = {**self.model.efficiency, **self.model.productivity}
        self._known(f"{where}.efficiency", table.efficiency, declared, "efficiency or productivity index")
        roles = {role: list(getattr(declared[table.efficiency], role)) for role in ROLES}
        indices = [column for own in roles.values() for column in own if column in self.model.indices]
        parts = {index: self._indicator_names(self.model.indices[index]) for index in indices}
        plain |= {"roles": roles, "parts": parts}

    def _resolve_inequality(self, where: str, table: Any, plain: dict[str, Any]) -> None:
        """Check a decomposition's table, and say what its groups and components are."""
        self._known(f"{where}.inequality", table.inequality, self.model.inequality, "inequality")
        declared = self.model.inequality[table.inequality]
        if table.show in ("groups", "cells") and declared.groups is None:
            raise self.fail(f"{where}.show", f"'{table.inequality}' has no groups")
        if table.show in ("components", "cells") and not self.components(table.inequality):
            raise self.fail(f"{where}.show", f"'{table.inequality}' has no components")
        if (table.show == "cells") != (table.years is not None):
            raise self.fail(where, "key 'years' with show cells, and only then")
        plain |= {"groups": declared.groups, "components": self.components(table.inequality)}

    def components(self, inequality: str) -> list[str]:
        """Columns of the dimensions that an inequality is split by; none if it is not."""
        declared = self.model.inequality[inequality]
        if not declared.components:
            return []
        return [column for column, index in self.dimension_columns.items() if index == declared.of]

    def _matching(self, key: str, pattern: str) -> list[str]:
        found = sorted(fnmatch.filter(self.specs, pattern), key=formulas.natural)
        if not found:
            raise self.fail(key, f"'{pattern}' is no spec{suggestion(pattern, self.specs)}")
        return found

    def _indicator_rows(self, index: str) -> list[dict[str, Any]]:
        """Rows of an indicator table: dimension, component, indicator, as declared."""
        rows = []
        for name, dimension in self.model.indices[index].dimensions.items():
            own = [{"term": indicator.lstrip("-")} for indicator in dimension.indicators]
            for key, component in dimension.components.items():
                inner = [{"term": indicator.lstrip("-")} for indicator in component.indicators]
                own.append({"label": _words(component.label, key), "rows": inner})
            rows.append({"label": _words(dimension.label, name), "rows": own})
        return rows

    def _check_figures(self) -> None:
        for key, figure in self.model.figures.items():
            where, kind = f"figures.{key}", figure.kind
            if kind in DRAWN_FROM:
                self._known(f"{where}.spec", figure.spec, self.specs, "spec")
                estimator = self.specs[figure.spec]["estimator"]
                if estimator != DRAWN_FROM[kind]:
                    what = f"a figure of this kind needs estimator {DRAWN_FROM[kind]}, '{figure.spec}' has {estimator}"
                    raise self.fail(f"{where}.spec", what)
                own = self.specs[figure.spec].get("years") or []
                if (year := getattr(figure, "year", None)) is not None and year not in own:
                    raise self.fail(f"{where}.year", f"'{figure.spec}' has no year {year}; there is {own}")
            elif kind == "inequality":
                self._known(f"{where}.inequality", figure.inequality, self.model.inequality, "inequality")
            elif kind == "weights":
                self._known(f"{where}.index", figure.index, self.model.indices, "index")
            else:
                for values, by in self._figure_columns(figure):
                    self._known(where, values, self.columns, "variable, attribute or index")
                    if by:
                        self._known_groups(where, by)

    @staticmethod
    def _figure_columns(figure: Any) -> list[tuple[str, str | None]]:
        """Columns that a figure draws, each with the groups that it is split by."""
        if figure.kind == "trend":
            return [(panel.values, panel.by) for panel in figure.panels]
        return [(figure.values, getattr(figure, "by", None))]

    # what rules get

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
        self._known("indices", index, self.model.indices, "index")
        declared = self.model.indices[index]
        dimensions = {}
        for name, dimension in declared.dimensions.items():
            signed = _signed_names(dimension)
            dimensions[name] = [
                {"indicator": each.lstrip("-"), "sign": "-" if each.startswith("-") else "+"}
                for each in signed
            ]
        plain = {key: value for key, value in declared.plain().items() if key not in ("dimensions", "label")}
        return sorted_keys(plain | {"dimensions": dimensions})

    def efficiency(self, name: str) -> dict[str, Any]:
        """An efficiency or productivity index's declaration."""
        declared: dict[str, Efficiency | Productivity] = {**self.model.efficiency, **self.model.productivity}
        self._known("efficiency", name, declared, "efficiency or productivity index")
        return sorted_keys({key: value for key, value in declared[name].plain().items() if key != "label"})

    def inequality(self, name: str) -> dict[str, Any]:
        """An inequality's declaration, with its groups in order and the columns of its components."""
        self._known("inequality", name, self.model.inequality, "inequality")
        declared = self.model.inequality[name]
        order = list(self.model.attributes[declared.groups].values) if declared.groups else []
        return sorted_keys(declared.plain() | {"order": order, "components": self.components(name)})

    def score_indices(self, name: str) -> list[str]:
        """Indices that an efficiency, productivity or inequality is made from."""
        if name in self.model.inequality:
            return self._indices_of([self.model.inequality[name].of])
        declared = self.efficiency(name)
        return self._indices_of(column for role in ROLES for column in declared[role])

    def spec(self, spec: str) -> dict[str, Any]:
        """A specification with all defaults, without its label."""
        self._known("specs", spec, self.specs, "spec")
        return sorted_keys(
            {key: value for key, value in self.specs[spec].items() if key not in ("label", "note")}
        )

    def matrix(self, name: str) -> dict[str, Any]:
        """A spatial weight matrix's declaration, with those that it is made of under ``parts``."""
        declared = self.model.spatial_weights
        self._known("spatial_weights", name, declared, "matrix")
        plain = {key: value for key, value in declared[name].plain().items() if key != "label"}
        parts = [plain[key] for key in ("first", "second") if plain[key]]
        return sorted_keys(plain | {"parts": {part: self.matrix(part) for part in parts}})

    @staticmethod
    def _matrices_of(spec: Mapping[str, Any]) -> list[str]:
        return [*(listed(spec.get("matrix")) or []), *(spec.get("matrices") or [])]

    def spec_matrices(self, spec: str) -> list[str]:
        """Spatial weight matrices that a specification reads."""
        return sorted(set(self._matrices_of(self.spec(spec))))

    def spec_indices(self, spec: str) -> list[str]:
        """Indices that a specification reads."""
        declared = self.spec(spec)
        used = [declared["outcome"], *(name for part in USED for name in listed(declared.get(part)) or [])]
        used += [declared["weights"]] if declared["weights"] else []
        if declared["where"]:
            used += formulas.parse(declared["where"], "", known=self.columns).names
        return self._indices_of(used)

    def _indices_of(self, columns: Iterable[str]) -> list[str]:
        return sorted({self.score_columns[column] for column in columns if column in self.score_columns})

    def labels(self) -> dict[str, dict[str, Any]]:
        """Words for every column that a table may name: ``{en, zh}``, and ``unit`` where it is known."""
        model, found = self.model, {}
        for name, variable in model.variables.items():
            item = self.items.get(name.removesuffix(DISTRICTS))
            found[name] = _words(variable.label or (Text(en=item.en, zh=item.zh) if item else None), name)
            unit = variable.unit or (item.unit if item and variable.expr in (None, name) else None)
            if variable.unit_label or unit:
                found[name]["unit"] = variable.unit_label.plain() if variable.unit_label else unit
        scores = {**model.indices, **model.efficiency, **model.productivity}
        for name, each in {**self.policies, **model.groups, **model.attributes, **scores}.items():
            found[name] = _words(each.label, name)
        for name, each in model.attributes.items():
            # A list keeps the order, which sorted keys would not.
            if each.values:
                found[name]["values"] = [
                    {"value": value, **words.plain()} for value, words in each.values.items()
                ]
        for name, matrix in model.spatial_weights.items():
            found[name] = _words(matrix.label, name)
        for index, each in model.indices.items():
            for key, dimension in each.dimensions.items():
                found[f"{index}_{key}"] = _words(dimension.label, key)
        for name in model.productivity:
            for suffix, words in PRODUCTIVITY.items():
                if suffix:
                    joined = {tongue: f"{found[name][tongue]} ({words[tongue]})" for tongue in LANGUAGES}
                    found[f"{name}{suffix}"] = joined
        return sorted_keys(found)

    def table(self, table: str) -> dict[str, Any]:
        """A table's declaration as :mod:`nianjian.publish.declared` reads it."""
        self._known("tables", table, self.tables, "table")
        plain = {key: value for key, value in self.tables[table].items() if key != "index"}
        if self.variant:
            plain["title"] = {
                language: f"{plain['title'][language]} ({self.variant.plain()[language]})"
                for language in LANGUAGES
            }
        return sorted_keys(plain)

    def table_specs(self, table: str) -> list[str]:
        """Specifications that a table's columns show; none for tables of other kinds."""
        self._known("tables", table, self.tables, "table")
        return list(self.tables[table]["columns"]) if self.tables[table]["kind"] in SHOWN else []

    def table_indices(self, table: str) -> list[str]:
        """Indices whose scores (descriptive, means) or weights (indicators, sensitivity) a table prints."""
        self._known("tables", table, self.tables, "table")
        plain = self.tables[table]
        if plain["kind"] in ("indicators", "sensitivity"):
            return [plain["index"]]
        if plain["kind"] == "descriptive":
            return self._indices_of(row["term"] for row in _terms(plain["rows"]))
        if plain["kind"] == "inputs_outputs":
            return self._indices_of(column for own in plain["roles"].values() for column in own)
        if plain["kind"] == "means":
            return self._indices_of(column["values"] for column in plain["columns"])
        return []

    def figure(self, figure: str) -> dict[str, Any]:
        """A figure's declaration, with what its drawing needs to know of the study."""
        self._known("figures", figure, self.model.figures, "figure")
        model = self.model.figures[figure]
        plain = model.model_dump(mode="json", exclude_none=True)
        if model.kind in DRAWN_FROM:
            plain["treatment"] = self.specs[model.spec]["treatment"]
            if model.kind in ("moran_scatter", "cluster_map"):
                plain["outcome"] = self.specs[model.spec]["outcome"]
                plain.setdefault("year", max(self.specs[model.spec]["years"]))
            elif model.kind == "weight_choice":
                plain["grid"] = self.specs[model.spec]["grid"]
        elif model.kind == "inequality":
            declared = self.model.inequality[model.inequality]
            plain |= {"groups": declared.groups, "components": self.components(model.inequality)}
        elif model.kind == "ranking":
            plain["dimensions"] = [
                column for column, index in self.dimension_columns.items() if index == model.values
            ]
        if self.variant:
            plain["title"] = {
                language: f"{plain['title'][language]} ({self.variant.plain()[language]})"
                for language in LANGUAGES
            }
        return sorted_keys(plain)

    def figure_inputs(self, figure: str) -> dict[str, Any]:
        """What a figure is drawn from: ``specs``, ``inequality``, ``weights``, or ``sample`` with ``indices``."""
        self._known("figures", figure, self.model.figures, "figure")
        model = self.model.figures[figure]
        if model.kind == "cluster_map":
            return {"specs": [model.spec], "sample": True}
        if model.kind in DRAWN_FROM:
            return {"specs": [model.spec]}
        if model.kind == "inequality":
            return {"inequality": model.inequality}
        if model.kind == "weights":
            return {"weights": model.index}
        used = [values for values, _ in self._figure_columns(model)]
        return {"sample": True, "indices": self._indices_of(used)}

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
        from nianjian import units as unit_module

        known = {**self.item_units, **self.fixed_units}
        for name, variable in self.model.variables.items():
            derived = self.formulas[name].unit(known)
            if variable.unit is not None:
                unit_module_where = f"{self.shown}, variables.{name}.unit"
                try:
                    unit_module.factor(derived, variable.unit)
                except DeclarationError as error:
                    raise DeclarationError(f"{unit_module_where}: {error}") from None
            known[name] = variable.unit or derived
        for name in self.model.groups:
            known[name] = self.formulas[name].unit(known)
        return {name: known[name] for name in self.model.variables}
