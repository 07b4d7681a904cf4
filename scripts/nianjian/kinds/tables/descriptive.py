"""Descriptive statistics of variables and indices over the sample: number, mean, standard deviation, quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.declarations.models.base import Words
from nianjian.language import languages
from nianjian.publish.params import Decimals, DistinctRows, TableParams, lines

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table

Statistic = Literal["nobs", "mean", "sd", "min", "p25", "median", "p75", "max"]


class Params(TableParams):
    """What a table of descriptive statistics says."""

    rows: DistinctRows = Field(description="variables, indices and other columns, in groups or none")
    statistics: list[Statistic] = Field(
        ["nobs", "mean", "sd", "min", "max"], min_length=1, description="columns of the table"
    )
    show: list[Literal["unit", "definition", "filled", "suspect", "corrected"]] = Field(
        ["unit"],
        description="columns beside the names, as far as any variable has something there: unit; formula; number of values that are "
        "filled in, doubtful as printed, corrected. Notes tell of the last three where no column does",
    )
    definitions: dict[str, Words] = Field(
        {}, description="of rows, in words, for the column definition; of a variable left out, its formula"
    )
    decimals: Decimals = Field(3, description="digits after the point")


def columns(params: Params) -> list[str]:
    """The variables that it describes; a gap in one leaves the city-year to the others."""
    return [line.term for line in lines(params.rows)]


def complete(params: Params, study: Study) -> Params:
    """All rows must be columns, in groups or none."""
    own = list(lines(params.rows))
    for line in own:
        study.check_known("rows", line.term, study.columns, "variable, index, attribute, group or policy")
    depths = {len(line.groups) for line in own}
    if len(depths) > 1 or max(depths) > 1:
        raise study.fail("rows", "all rows stand in groups or none, on at most 1 level")
    for name in params.definitions:
        study.check_known("definitions", name, [line.term for line in own], "row of this table")
    if "definition" not in params.show:
        return params
    formulas = {
        line.term: Words.model_validate(dict.fromkeys(languages(), study.formulas[line.term].text))
        for line in own
        if line.term in study.formulas and study.formulas[line.term].text != line.term
    }
    done: Params = params.model_copy(update={"definitions": formulas | params.definitions})
    return done


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, with the indices among the rows, and what became of its values."""
    return {
        "sample": [study.sample_file],
        "indices": study.index_files(columns(params)),
        "gaps": [study.gaps_file],
    }


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a variable, over its city-years with a value."""
    from nianjian.publish import descriptive

    return descriptive.table(params, data, context)
