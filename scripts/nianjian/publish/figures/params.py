"""What declarations of several kinds of figures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from nianjian.declarations.models.base import Words, Year
from nianjian.kinds.base import Params, Spec

if TYPE_CHECKING:
    from nianjian.declarations.study import Study


class FigureParams(Params):
    """Keys of every figure."""

    title: Words = Field(description="caption: {en: ..., zh: ...}")
    notes: Words | None = Field(None, description="what stands below it")


class MapParams(FigureParams):
    """Keys of every map."""

    review_number: str | None = Field(
        None,
        description="number of this map's review (审图号), printed below it: GS(2024)0650号; left out: that of `appearance`",
    )


def drawn_spec(study: Study, spec: str, figure: str, estimator: str) -> Any:
    """Parameters of the specification that a figure draws.

    Parameters
    ----------
    spec : its name, which must be declared
    figure : kind of the figure
    estimator : kind of the estimator whose results it draws; another one is drawn too if its module says so, by a
        constant ``FIGURES`` with the kinds of figures that its results make

    Raises
    ------
    DeclarationError
        If there is no such specification, or it is of an estimator that the figure does not draw.
    """
    study.check_known("spec", spec, study.specs, "spec")
    entry = study.specs[spec]
    if entry.kind.name != estimator and figure not in entry.kind.option("FIGURES", ()):
        what = f"a figure of this kind needs estimator {estimator}, '{spec}' has {entry.kind.name}"
        raise study.fail("spec", what)
    return entry.params


def drawn_year(study: Study, spec: str, year: int | None, years: Sequence[int]) -> int:
    """A year of a specification's results, its last one where none is asked for.

    Raises
    ------
    DeclarationError
        If the specification has no such year.
    """
    if year is not None and year not in years:
        raise study.fail("year", f"'{spec}' has no year {year}; there is {list(years)}")
    return max(years) if year is None else year


class LocalMoranParams(FigureParams):
    """Keys of a figure of one year of a local_moran."""

    spec: Spec = Field(description="specification of estimator local_moran")
    year: Year | None = Field(None, description="one of the specification's years; left out: the last")

    def completed(self, study: Study, figure: str) -> Self:
        """With the year that is drawn.

        Raises
        ------
        DeclarationError
            If the specification is of another estimator or has no such year.
        """
        years = drawn_spec(study, self.spec, figure, "local_moran").years
        return self.model_copy(update={"year": drawn_year(study, self.spec, self.year, years)})


def map_inputs(study: Study, files: dict[str, list[str]]) -> dict[str, list[str]]:
    """Inputs of a map: its data, the names and seats of cities, and the shapes of the country."""
    return {**files, "cities": [study.reference("cities.csv")], "shapes": [study.shapes]}
