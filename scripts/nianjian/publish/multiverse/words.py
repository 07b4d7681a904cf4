"""What a table or figure of a multiverse calls its choices, filled in from the study, and the tables that both read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from nianjian.declarations.models.base import Id, Words
from nianjian.kinds.base import Params
from nianjian.language import Text
from nianjian.multiverse.files import FOLDER, files

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.data import Data
    from nianjian.publish.sources import Source

SD = "outcome_sd"


class Choice(Params):
    """One choice in words."""

    label: Words = Field(description="what it is called")
    silence: Words | None = Field(None, description="where it comes from")
    order: list[str] = Field(description="its options as they are declared")
    options: dict[Id, Words] = Field(description="what they are called")


Choices = dict[Id, Choice]


def choices(study: Study) -> tuple[list[str], Choices]:
    """A study's choices in words, and their order.

    Raises
    ------
    DeclarationError
        If the study has no multiverse.
    """
    model = study.model.multiverse
    if model is None:
        raise study.fail("", "the study declares no multiverse, which a table or figure of this kind shows")
    found = {
        name: Choice(
            label=own.label,
            silence=own.silence,
            order=list(own.options),
            options={option: each.label for option, each in own.options.items()},
        )
        for name, own in model.dimensions.items()
    }
    return list(found), found


def inputs(study: Study) -> dict[str, list[str]]:
    """Tables of the study's multiverse."""
    return files(study.folder, ("points", "choices", "options", "dimensions", "summary", "left_out"))


@dataclass(frozen=True)
class Curve:
    """The tables of a multiverse, with words.

    Attributes
    ----------
    points, taken, options, dimensions, summary, left_out : as :mod:`nianjian.multiverse.schemas` has them
    params : declared, with ``order`` and ``choices``
    """

    points: pd.DataFrame
    taken: pd.DataFrame
    options: pd.DataFrame
    dimensions: pd.DataFrame
    summary: pd.DataFrame
    left_out: pd.DataFrame
    params: Any

    @classmethod
    def read(cls, params: Any, data: Data) -> Curve:
        """From the files of a job."""
        return cls(
            points=data.frame("points"),
            taken=data.frame("choices"),
            options=data.frame("options"),
            dimensions=data.frame("dimensions"),
            summary=data.frame("summary"),
            left_out=data.frame("left_out"),
            params=params,
        )

    @property
    def shown(self) -> list[str]:
        """Choices that some points differ in, as they are declared."""
        there = set(self.options["dimension"])
        return [name for name in self.params.order if name in there]

    def options_of(self, dimension: str) -> list[str]:
        """Options of a choice that some points could have, as they are declared."""
        there = set(self.options.loc[self.options["dimension"] == dimension, "choice"])
        return [option for option in self.params.choices[dimension].order if option in there]

    def label(self, dimension: str, option: str | None = None) -> Text:
        """What a choice, or one of its options, is called."""
        own = self.params.choices.get(dimension)
        if own is None:
            return Text.same(dimension)
        words = own.label if option is None else own.options[option]
        return Text.of(**words.plain())

    def silence(self, dimension: str) -> Text | None:
        """Where a choice comes from."""
        words = self.params.choices[dimension].silence
        return None if words is None else Text.of(**words.plain())

    def number(self, name: str, field: str = "value") -> float:
        """A number of the curve as a whole."""
        return float(self.summary.set_index("property").loc[name, field])

    def option(self, dimension: str, option: str) -> Mapping[str, Any]:
        """What an option makes of the points."""
        own = self.options
        row: Mapping[str, Any] = (
            own[(own["dimension"] == dimension) & (own["choice"] == option)].iloc[0].to_dict()
        )
        return row

    def conflicts(self) -> list[tuple[dict[str, str], int]]:
        """Choices without an estimate, with the number of drawn points that this cost."""
        rows = zip(self.left_out["choices"], self.left_out["points"], strict=True)
        return [(json.loads(choices), int(points)) for choices, points in rows]


def of_summary(name: str, field: str = "value") -> Source:
    """Where a number of the curve as a whole stands."""
    from nianjian.publish.sources import Source

    return Source.row(f"{FOLDER}/summary.parquet", field, property=name)


def of_option(dimension: str, option: str, field: str) -> Source:
    """Where a number of an option stands."""
    from nianjian.publish.sources import Source

    return Source.row(f"{FOLDER}/options.parquet", field, dimension=dimension, choice=option)


def of_dimension(dimension: str, field: str) -> Source:
    """Where a number of a choice stands."""
    from nianjian.publish.sources import Source

    return Source.row(f"{FOLDER}/dimensions.parquet", field, dimension=dimension)


def of_point(name: str, field: str) -> Source:
    """Where a number of a point stands."""
    from nianjian.publish.sources import Source

    return Source.row(f"{FOLDER}/points.parquet", field, name=name)


def of_choice(name: str, dimension: str) -> Source:
    """Where a point's choice stands."""
    from nianjian.publish.sources import Source

    return Source.row(f"{FOLDER}/choices.parquet", "choice", name=name, dimension=dimension)
