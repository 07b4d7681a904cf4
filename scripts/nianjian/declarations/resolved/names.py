"""The names that a study may use: the dictionary's, its own, and those of its scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS, FIRST, RESERVED
from nianjian.declarations.models.base import Text
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.sample import Policy
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError

ROLES = ("inputs", "desirable", "undesirable")
"""Keys of efficiency and productivity that name columns."""
PRODUCTIVITY = {
    "": {},
    "_ec": {"en": "efficiency change", "zh": "效率变化"},
    "_tc": {"en": "technical change", "zh": "技术变化"},
    "_level": {"en": "cumulated", "zh": "累积"},
}
"""Columns of a productivity index: the change itself, its two factors, and the product since the first year."""


def words(label: Text | None, name: str) -> dict[str, str]:
    """A label in both languages; without one, the name."""
    return label.plain() if label else {"en": name, "zh": name}


class StudyNames:
    """Which columns a study has and in what units, and what a message says of a name that is none of them.

    Attributes
    ----------
    model : the study as declared
    shown : how messages call its file
    items : the dictionary
    """

    def __init__(self, model: Study, shown: str, items: Mapping[str, Item]) -> None:
        self.model, self.shown, self.items = model, shown, items

    def fail(self, key: str, what: str) -> DeclarationError:
        """The error for a key of the study's file."""
        return DeclarationError(f"{self.shown}, {key}: {what}")

    def check_known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        """``name``, which stands under ``key``, must be one of ``known``."""
        if name not in (known := list(known)):
            raise self.fail(key, f"'{name}' is no {what}{suggestion(name, known)}")

    def check_groups(self, key: str, name: str) -> None:
        """``name`` must be an attribute in words, with labels for its values."""
        texts = [each for each, entry in self.model.attributes.items() if entry.unit == formulas.TEXT]
        self.check_known(key, name, texts, "attribute in words")
        if not self.model.attributes[name].values:
            raise self.fail(
                f"attributes.{name}", f"key 'values' is missing: {key} needs the labels and their order"
            )

    def check_names(self) -> None:
        """No two declarations share a name."""
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

    def indices_of(self, columns: Iterable[str]) -> list[str]:
        """Files of the index stage that hold these columns; columns of the sample have none."""
        return sorted({self.score_columns[column] for column in columns if column in self.score_columns})

    def components(self, inequality: str) -> list[str]:
        """Columns of the dimensions that an inequality is split by; none if it is not."""
        declared = self.model.inequality[inequality]
        if not declared.components:
            return []
        return [column for column, index in self.dimension_columns.items() if index == declared.of]
