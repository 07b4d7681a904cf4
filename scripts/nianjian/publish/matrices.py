"""Table of a study's spatial weight matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.errors import SampleError
from nianjian.publish.sources import Source
from nianjian.publish.tables import Cell, Column, Number, Panel, Row, Table
from nianjian.text import BLANK, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.matrices import Params

PROPERTIES: dict[str, tuple[str, int]] = {
    "cities": ("", 0),
    "links": ("", 0),
    "neighbours_mean": ("neighbours", 1),
    "neighbours_min": ("neighbours", 0),
    "neighbours_max": ("neighbours", 0),
    "islands": ("", 0),
    "linked": ("", 0),
    "components": ("", 0),
    "weight_max": ("", 3),
    "eigenvalue_min": ("eigenvalues", 3),
    "eigenvalue_max": ("eigenvalues", 3),
}
"""Properties of ``MATRIX_SUMMARY`` that the table shows, with the head above theirs and their decimals."""


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """Describe weight matrices, a row each.

    Raises
    ------
    DeclarationError
        If a matrix has no label.
    SampleError
        If a property is missing.
    """
    names = params.matrices or []
    found = data.frame("summaries").set_index(["matrix", "property"])["value"]
    files = {name: data.relative(path) for name, path in data.named("summaries").items()}
    rows = []
    for matrix in names:
        cells: list[Cell] = []
        for name, (_, decimals) in PROPERTIES.items():
            if (matrix, name) not in found:
                raise SampleError(
                    f"{context}: the summary of matrix '{matrix}' has no {name}; build it again"
                )
            source = Source.row(files[matrix], "value", matrix=matrix, property=name)
            value = float(found[(matrix, name)])
            cells.append((Number(value, decimals, name, shows=(source,)),))
        rows.append(Row(matrix, (context.label(matrix),), (tuple(cells),)))
    standardised = {found.get((matrix, "standardised")) for matrix in names}
    notes = (word("matrices.standardised"),) if standardised == {"True"} else ()
    return Table.of(
        params,
        context,
        stubs=(word("matrices.matrix"),),
        columns=(
            Column(
                name, (word(f"matrices.{above}") if above else BLANK, word(f"matrices.{name}")), align="right"
            )
            for name, (above, _) in PROPERTIES.items()
        ),
        panels=(Panel(tuple(rows)),),
        notes=notes,
    )
