"""Table of the covariates' balance before and after matching, as Stata's ``pstest`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.publish import declared, flags
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.estimated import Estimated
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table
from nianjian.publish.text import Text

SAMPLES = {"before": Text("Unmatched", "匹配前"), "after": Text("Matched", "匹配后")}
MEAN, DIFFERENCE = Text("Mean", "均值"), Text("Difference of means", "均值差异检验")
COLUMNS = (
    Column("treated", (MEAN, Text("Treated", "处理组")), align="right"),
    Column("control", (MEAN, Text("Control", "对照组")), align="right"),
    Column("bias", (Text("Standardised bias", "标准化偏差"), Text("%", "%")), align="right"),
    Column("reduction", (Text("Reduction of |bias|", "偏差绝对值降幅"), Text("%", "%")), align="right"),
    Column("t", (DIFFERENCE, Text("t", "t值")), align="right"),
    Column("p", (DIFFERENCE, Text("p", "p值")), align="right"),
)


def balance_table(
    declaration: Declaration,
    estimates: pd.DataFrame,
    *,
    study: str,
    table: str,
    specs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    origin: str,
) -> Table:
    """Two rows a covariate: before matching and after.

    Parameters
    ----------
    declaration : resolved; ``columns`` has the one specification, of estimator psm_did
    estimates : its rows of the ESTIMATES schema
    specs : the specification, resolved
    labels : of the covariates
    origin : ``simulated`` or ``real: <label>``

    Returns
    -------
    Table
        Means, standardised bias, its reduction, t-test of the difference; below, the means over all covariates of the
        bias and the logit's pseudo R² on both samples.

    Raises
    ------
    DeclarationError, EstimationError
        If a covariate has no label, or was not estimated.
    """
    source = Estimated(declaration, estimates, study, table, specs, labels)
    (spec,), decimals = source.columns, int(declaration.get("decimals", 3))
    covariates = [str(name) for name in source.specs[spec]["covariates"]]
    if not covariates:
        raise EstimationError(f"{source.place}: specification '{spec}' has no covariates")
    rows = []
    for name in covariates:
        bias = {when: source.get(spec, "test", f"bias_{when}[{name}]") for when in SAMPLES}
        size = {when: abs(source.number(row, "estimate")) for when, row in bias.items()}
        for when, words in SAMPLES.items():
            cells: list[Cell] = []
            for group in ("treated", "control"):
                row = source.get(spec, "fit", f"mean_{group}_{when}[{name}]")
                cells.append(
                    (Number(source.number(row, "estimate"), decimals, f"mean_{group}", grouped=True),)
                )
            own = bias[when]
            cells.append((Number(source.number(own, "estimate"), 1, "bias"),))
            reduced = when == "after" and size["before"] > 0
            cells.append(
                (Number(100 * (1 - size["after"] / size["before"]), 1, "reduction"),) if reduced else EMPTY
            )
            cells.append((Number(source.number(own, "statistic"), 2, "t"),))
            cells.append((Number(source.number(own, "p_value"), 3, "p_value"),))
            rows.append(Row(f"{name} {when}", (source.label(name), words), (tuple(cells),)))
    foot = []
    for when, words in SAMPLES.items():
        mean = source.number(source.get(spec, "fit", f"mean_bias_{when}"), "estimate")
        text = Text("Mean of |bias|", "偏差绝对值均值")
        blank: list[Cell] = [EMPTY] * len(COLUMNS)
        blank[2] = (Number(mean, 1, "mean_bias"),)
        foot.append(Row(f"mean_bias {when}", (text, words), (tuple(blank),)))
    fits = [source.find(spec, "fit", f"pseudo_r2_{when}") for when in SAMPLES]
    notes = []
    if all(row is not None and pd.notna(row["estimate"]) for row in fits):
        before, after = (f"{row['estimate']:.3f}" for row in fits if row is not None)
        notes.append(
            Text(
                f"Pseudo R² of the logit: {before} on all units, {after} on the matched ones.",
                f"Logit模型的伪R²在全部样本上为{before}，在匹配样本上为{after}。",
            )
        )
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, source.place),
        stubs=(Text("Covariate", "协变量"), Text("Sample", "样本")),
        columns=COLUMNS,
        panels=(Panel(tuple(rows)), Panel(tuple(foot))),
        origin=origin,
        notes=(*notes, *flags.notes(source), *declared.notes(declaration, source.place)),
        merged=1,
    )
