"""Table of a study's spatial weight matrices: links, neighbours, islands, range of eigenvalues."""

from __future__ import annotations

import pandas as pd

from nianjian.errors import SampleError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.tables import Cell, Column, Number, Panel, Row, Table
from nianjian.publish.text import BLANK, Text

NEIGHBOURS, EIGENVALUES = Text("Neighbours", "邻居数"), Text("Eigenvalues", "特征值")
PROPERTIES: dict[str, tuple[tuple[Text, ...], int]] = {
    "cities": ((BLANK, Text("Cities", "城市数")), 0),
    "links": ((BLANK, Text("Links", "连接数")), 0),
    "neighbours_mean": ((NEIGHBOURS, Text("Mean", "均值")), 1),
    "neighbours_min": ((NEIGHBOURS, Text("Fewest", "最少")), 0),
    "neighbours_max": ((NEIGHBOURS, Text("Most", "最多")), 0),
    "islands": ((BLANK, Text("Islands", "孤岛数")), 0),
    "linked": ((BLANK, Text("Islands linked to the nearest", "与最近城市相连的孤岛数")), 0),
    "components": ((BLANK, Text("Components", "连通分支数")), 0),
    "weight_max": ((BLANK, Text("Largest weight", "最大权重")), 3),
    "eigenvalue_min": ((EIGENVALUES, Text("Smallest", "最小")), 3),
    "eigenvalue_max": ((EIGENVALUES, Text("Largest", "最大")), 3),
}
"""Properties of ``MATRIX_SUMMARY`` that the table shows, with their heads and decimals."""


def matrices_table(
    declaration: Declaration, summaries: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """Describe weight matrices, a row each.

    Parameters
    ----------
    declaration : a table of kind matrices, with ``matrices``
    summaries : rows of the schema ``MATRIX_SUMMARY`` of each of them
    labels : of the matrices
    origin : ``simulated`` or ``real: <label>``

    Raises
    ------
    DeclarationError
        If a matrix has no label.
    SampleError
        If a property is missing.
    """
    place = declared.where(study, table)
    found = summaries.set_index(["matrix", "property"])["value"]
    rows = []
    for matrix in declaration["matrices"]:
        cells: list[Cell] = []
        for name, (_, decimals) in PROPERTIES.items():
            if (matrix, name) not in found:
                raise SampleError(f"{place}: the summary of matrix '{matrix}' has no {name}; build it again")
            value = float(found[(matrix, name)])
            cells.append((Number(value, decimals, name, grouped=name == "links"),))
        rows.append(Row(matrix, (declared.label(labels, matrix, place),), (tuple(cells),)))
    standardised = {found.get((matrix, "standardised")) for matrix in declaration["matrices"]}
    notes = []
    if standardised == {"True"}:
        notes.append(
            Text(
                "Rows are standardised to one. I - ρW is invertible for ρ between the reciprocals of the smallest and "
                "the largest eigenvalue.",
                "各矩阵均已行标准化；ρ介于最小与最大特征值的倒数之间时，I-ρW可逆。",
            )
        )
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(Text("Weight matrix", "空间权重矩阵"),),
        columns=tuple(Column(name, heads, align="right") for name, (heads, _) in PROPERTIES.items()),
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=(*notes, *declared.notes(declaration, place)),
    )
