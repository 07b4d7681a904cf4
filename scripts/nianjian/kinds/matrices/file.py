"""Weights come from a file of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import below
from nianjian.kinds.base import Labelled

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights

CELLS = True
"""Beside the weights stands where each is written."""

OwnFile = Annotated[str, below("the workspace", "data/weights.xlsx")]


class Params(Labelled):
    """A matrix of one's own: xlsx, xls, ods, csv, dta, parquet, gal, gwt or npz.

    n × n with the cities in the first row and column, as names (of any year, Chinese or English), codes or the identifiers of an own
    sample; or a row a pair. Weights of cities that the sample does not have are left out; each of its cities must be there. The
    weight in the row of i and the column of j, or of the pair from i to j, is what j means to i.
    """

    file: OwnFile = Field(description="path in the workspace: data/weights.xlsx")
    sheet: str | None = Field(None, description="of a workbook; left out: the first")
    labels: Literal["both", "rows", "columns"] = Field(
        "both",
        description="n × n: which of the first column and the first row name the cities; rows, columns: the other one is in the same "
        "order",
    )
    ids: OwnFile | list[str | int] | None = Field(
        None,
        description="the cities in the order of rows and columns, of a matrix that does not name them: a list, or a file of one column",
    )
    pairs: Annotated[list[str], Field(min_length=2, max_length=3)] | None = Field(
        None,
        description="a row a pair: columns of the two cities and of the weight, [from, to, weight]; two alone: each weight is 1. Left "
        "out: three columns called from, to and weight, or an n × n matrix",
    )
    key: str | None = Field(None, description="npz: the name of the array; left out: the only square one")
    blank: Literal["error", "zero"] = Field("error", description="n × n: empty cells are errors, or no links")
    diagonal: Literal["error", "zero"] = Field(
        "error", description="weights of a city for itself are errors, or left out, which the log says"
    )
    standardise: Literal["row", "none", "spectral"] = Field(
        "row",
        description="row: rows sum to one; spectral: all are divided by the largest absolute eigenvalue; none: as they are. Spatial "
        "panel models need row",
    )
    islands: Literal["error", "keep"] = Field(
        "error", description="cities without a neighbour: stop, or keep"
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.pairs is not None and (self.ids is not None or self.labels != "both"):
            what = "neither ids nor labels with pairs, whose rows name the cities"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def complete(params: Params, study: Study) -> Params:
    """The files must be there."""
    for key, file in (("file", params.file), ("ids", params.ids)):
        if isinstance(file, str) and not (study.layers.workspace / file).is_file():
            raise study.fail(key, study.layers.lacks(file))
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The files, and the names of the cities."""
    from nianjian.reference.cities import READ

    names = [file for file in READ if study.layers.find(f"reference/{file}") is not None]
    own = {"own": [params.file], **{f"names_{file[:-4]}": [study.reference(file)] for file in names}}
    return {**own, "ids": [params.ids]} if isinstance(params.ids, str) else own


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.own_weights.build`."""
    from nianjian.spatial.own_weights import build

    return build(params, data, context.name)
