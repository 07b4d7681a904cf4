"""Spatial models under several weight matrices, compared by likelihood and posterior probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.errors import EstimationError
from nianjian.publish import notes
from nianjian.publish.compare_matrices import BEST, PARAMETER_DECIMALS
from nianjian.publish.estimated import Estimated
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.compare_models import Params

COLUMNS = ("loglik", "aic", "bic", "rho", "lambda", "log_marginal", "probability")
FINE = ("rho", "lambda", "probability")
"""Printed with ``PARAMETER_DECIMALS``."""


def table(params: Params, source: Estimated) -> Table:
    """A panel a matrix with a row a model, and a panel of sums over matrices and over models; the best are marked.

    Raises
    ------
    DeclarationError
        If a matrix has no label.
    EstimationError
        If the specification compares no models.
    """
    context, (spec,) = source.context, source.columns
    matrices, models = (list(source.option(spec, key, ())) for key in ("matrices", "models"))
    if not source.of(spec, "fit", "log_marginal"):
        raise EstimationError(f"{context}: specification '{spec}' compares no models")
    names = {model: word(f"compare_models.{model}") for model in models}
    panels = [
        Panel(
            tuple(
                _row(source, spec, f"{matrix}:{model}", names[model], f"{model}|{matrix}") for model in models
            ),
            source.label(matrix),
        )
        for matrix in matrices
    ]
    sums = [
        *(((model, names[model]) for model in models) if len(matrices) > 1 else ()),
        *(((matrix, source.label(matrix)) for matrix in matrices) if len(matrices) > 1 else ()),
    ]
    if sums:
        summed = tuple(_row(source, spec, name, text, name) for name, text in sums)
        panels.append(Panel(summed, word("compare_models.sums")))
    return Table.of(
        params,
        context,
        stubs=(word("compare_models.model"),),
        columns=(Column(name, (_head(name),), align="right") for name in COLUMNS),
        panels=panels,
        notes=(
            *notes.outcome(source, "autocorrelation.variable"),
            word(f"compare_models.prior_{source.option(spec, 'slopes')}"),
            word("compare_models.best", mark=BEST),
            *notes.flags(source),
        ),
    )


def _head(name: str) -> Text:
    own = name in ("log_marginal", "probability")
    return word(f"compare_models.{name}" if own else f"compare_matrices.{name}")


def _row(source: Estimated, spec: str, key: str, text: Text, of: str) -> Row:
    cells: list[Cell] = []
    for name in COLUMNS:
        row = source.find(spec, "fit", f"{name}[{of}]")
        if row is None:
            cells.append(EMPTY)
            continue
        chosen = source.find(spec, "fit", f"best_{name}[{of}]")
        best = chosen is not None and chosen["estimate"] == 1
        decimals = PARAMETER_DECIMALS if name in FINE else source.decimals
        cells.append((source.part(row, "estimate", decimals, name, stars=BEST if best else ""),))
    return Row(key, (text,), (tuple(cells),))
