"""One spatial model under several weight matrices, compared by their likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.errors import EstimationError
from nianjian.publish import notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.tables import Cell, Column, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.compare_matrices import Params

CRITERIA = ("loglik", "aic", "bic", "rho", "lambda")
PARAMETER_DECIMALS = 4
"""Of rho and lambda."""
BEST = "†"


def table(params: Params, source: Estimated) -> Table:
    """One row a matrix, mixtures of two first and by their shares; the smallest criteria are marked.

    Raises
    ------
    DeclarationError
        If a matrix has no label.
    EstimationError
        If the specification compares no matrices.
    """
    context, (spec,) = source.context, source.columns
    compared = [str(row["matrix"]) for row in source.of(spec, "fit", "aic").values()]
    if not compared:
        raise EstimationError(f"{context}: specification '{spec}' compares no matrices")
    criteria = [name for name in CRITERIA if source.find(spec, "fit", f"{name}[{compared[0]}]")]
    shares = {
        str(row["matrix"]): source.number(row, "estimate") for row in source.of(spec, "fit", "share").values()
    }
    own = [name for name in source.option(spec, "matrices", ()) if name in compared and name not in shares]
    mixed = [
        _row(source, spec, name, Text.same(f"a = {shares[name]:g}"), criteria)
        for name in sorted(shares, key=lambda name: shares[name])
    ]
    others = [_row(source, spec, name, source.label(name), criteria) for name in own]
    panels = []
    if mixed:
        first, second = (source.label(name) for name in source.option(spec, "grid"))
        panels.append(Panel(tuple(mixed), word("compare_matrices.mixtures", first=first, second=second)))
    if others:
        panels.append(Panel(tuple(others), word("compare_matrices.others") if mixed else None))
    return Table.of(
        params,
        context,
        stubs=(word("compare_matrices.matrix"),),
        columns=(Column(name, (word(f"compare_matrices.{name}"),), align="right") for name in criteria),
        panels=panels,
        notes=(
            *notes.outcome(source, "autocorrelation.variable"),
            word("compare_matrices.best", mark=BEST),
            *notes.flags(source),
        ),
    )


def _row(source: Estimated, spec: str, matrix: str, text: Text, criteria: list[str]) -> Row:
    cells: list[Cell] = []
    for name in criteria:
        row = source.get(spec, "fit", f"{name}[{matrix}]")
        chosen = source.find(spec, "fit", f"best_{name}[{matrix}]")
        best = chosen is not None and chosen["estimate"] == 1
        decimals = PARAMETER_DECIMALS if name in ("rho", "lambda") else source.decimals
        cells.append((source.part(row, "estimate", decimals, name, stars=BEST if best else ""),))
    return Row(matrix, (text,), (tuple(cells),))
