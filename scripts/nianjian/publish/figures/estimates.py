"""Figures of one specification's results: event studies, placebo draws, balance of covariates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.indices.densities import kernel_densities
from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text
from nianjian.publish.text import width as text_width

_EVENT = re.compile(r"event\[(<=|>=)?(-?\d+)\]")
SINCE = Text("Years since the treatment", "政策实施相对年份")
EFFECT = Text("Estimate", "估计系数")
POINTWISE = Text("95% interval", "95%置信区间")
BAND = Text("95% simultaneous band", "95%联合置信带")
BASE = Text("Base period", "基期")
PRETREND = Text("Joint test of the leads", "事前趋势联合检验")
DENSITY, P_VALUE = Text("Density", "核密度"), Text("p-value", "p值")
DRAWS = Text("Placebo estimates", "安慰剂估计系数")
TRUE = Text("Estimate of the policy", "真实估计系数")
RANDOMISED = Text("Randomisation", "随机化检验")
BIAS = Text("Standardised bias (%)", "标准化偏差（%）")
BEFORE, AFTER = Text("Before matching", "匹配前"), Text("After matching", "匹配后")
TEN_PERCENT = 0.1
WIDE = 14
"""Letters of a label that leave too little room for the plot in one column."""


def _rows(inputs: Inputs, kind: str) -> pd.DataFrame:
    frame = inputs.given("estimates")
    return frame[frame["kind"] == kind]


def _one(inputs: Inputs, kind: str, term: str) -> Mapping[str, Any] | None:
    own = _rows(inputs, kind)
    own = own[own["term"] == term]
    return own.iloc[0].to_dict() if len(own) else None


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of event times in order, with the time and the words under the axis."""
    found = []
    for row in rows.to_dict("records"):
        match = _EVENT.fullmatch(row["term"])
        if match:
            sign = {"<=": "≤", ">=": "≥", None: ""}[match.group(1)]
            found.append(
                row | {"time": int(match.group(2)), "words": f"{sign}{match.group(2)}".replace("-", "−")}
            )
    return pd.DataFrame(found).sort_values("time", ignore_index=True) if found else pd.DataFrame()


def draw_event_study(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Coefficients by event time, with pointwise intervals and the simultaneous band behind them.

    Raises
    ------
    EstimationError
        If the estimates hold no event times.
    """
    points = _events(_rows(inputs, "coefficient"))
    if points.empty:
        raise EstimationError(f"{inputs.place}: the estimates of '{declaration['spec']}' hold no event times")
    band = _events(_rows(inputs, "effect"))
    figure, axis = canvas.new("double" if len(points) > 12 else "single", 70)
    axis.axhline(0, color=canvas.INK, lw=0.6)
    base = _one(inputs, "fit", "base_period")
    times = points["time"].to_numpy(dtype=float)
    axis.axvline(-0.5, color=canvas.INK, lw=0.6, ls=(0, (3, 2)))
    if not band.empty:
        axis.errorbar(
            band["time"], band["estimate"],
            yerr=[band["estimate"] - band["conf_low"], band["conf_high"] - band["estimate"]],
            fmt="none", elinewidth=3.2, ecolor=canvas.GROUPS[4], alpha=0.45, label=BAND[language],
        )  # fmt: skip
    estimates = points["estimate"].to_numpy(dtype=float)
    axis.errorbar(
        times, estimates,
        yerr=[estimates - points["conf_low"], points["conf_high"] - estimates],
        fmt="o", color=canvas.GROUPS[0], elinewidth=0.9, capsize=2, capthick=0.9, label=POINTWISE[language],
    )  # fmt: skip
    ticks, words = list(times), list(points["words"])
    if base is not None and float(base["estimate"]) not in times:
        at = float(base["estimate"])
        axis.plot([at], [0], "o", mfc="white", mec=canvas.GROUPS[0], label=BASE[language])
        ticks.append(at)
        words.append(f"{at:.0f}".replace("-", "−"))
    axis.set_xticks(ticks, words)
    axis.set_xlabel(SINCE[language])
    axis.set_ylabel(EFFECT[language])
    test = _one(inputs, "test", "pretrend")
    if test is not None and np.isfinite(test["p_value"]):
        colon = "：" if language == "zh" else ": "
        text = f"{PRETREND[language]}{colon}{canvas.p_text(float(test['p_value']))}"
        axis.set_title(text, loc="left", fontsize=canvas.SMALL)
    canvas.legend_below(axis, gap=30)
    return figure


def draw_placebo(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Density of the draws' estimates, their p-values, and the true estimate.

    Raises
    ------
    EstimationError
        If the estimates hold no draws, or no estimate of the treatment.
    """
    draws = _rows(inputs, "draw")
    true = _one(inputs, "coefficient", str(declaration.get("treatment")))
    if len(draws) < 2 or true is None:
        what = "draws" if len(draws) < 2 else f"coefficient of '{declaration.get('treatment')}'"
        raise EstimationError(f"{inputs.place}: the estimates of '{declaration['spec']}' hold no {what}")
    figure, axis = canvas.new("single", 72)
    estimates = draws["estimate"].to_numpy(dtype=float)
    found = kernel_densities(estimates, np.zeros(len(estimates), dtype=int), context=inputs.place)
    axis.plot(found.grid, found.density[0], color=canvas.GROUPS[0], label=DENSITY[language])
    axis.set_ylim(bottom=0)
    axis.set_ylabel(DENSITY[language])
    axis.set_xlabel(DRAWS[language])
    axis.axvline(
        float(true["estimate"]), color=canvas.ACCENT, lw=1.0, ls=(0, (4, 2)),
        label=f"{TRUE[language]}{'：' if language == 'zh' else ': '}{canvas.number(float(true['estimate']), 4)}",
    )  # fmt: skip
    reach = max(np.abs(found.grid).max(), 1.08 * abs(float(true["estimate"])))
    axis.set_xlim(-reach, reach)
    axis.locator_params(axis="x", nbins=5)
    other = axis.twinx()
    other.spines["right"].set_visible(True)
    other.scatter(
        estimates, draws["p_value"], s=5, color=canvas.GROUPS[2], alpha=0.55, lw=0, label=P_VALUE[language]
    )
    other.axhline(TEN_PERCENT, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
    other.set_ylim(0, 1.02)
    other.set_ylabel(P_VALUE[language])
    test = _one(inputs, "test", "randomisation")
    handles = axis.get_legend_handles_labels()[0] + other.get_legend_handles_labels()[0]
    if test is not None:
        colon = "：" if language == "zh" else ": "
        axis.set_title(
            f"{RANDOMISED[language]}{colon}{canvas.p_text(float(test['p_value']))}",
            loc="right", fontsize=canvas.SMALL,
        )  # fmt: skip
    canvas.legend_below(axis, handles, gap=30)
    return figure


def draw_balance(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Standardised bias of every covariate before and after matching, the largest on top.

    Raises
    ------
    EstimationError
        If the estimates hold no balance.
    """
    tests = _rows(inputs, "test").set_index("term")["estimate"]
    names = [term[len("bias_before[") : -1] for term in tests.index if term.startswith("bias_before[")]
    if not names:
        raise EstimationError(f"{inputs.place}: the estimates of '{declaration['spec']}' hold no balance")
    names.sort(key=lambda name: abs(tests[f"bias_before[{name}]"]))
    labels = [inputs.label(name)[language] for name in names]
    wide = max(text_width(label) for label in labels) > WIDE
    figure, axis = canvas.new("double" if wide else "single", 30 + 6 * len(names))
    place = np.arange(len(names))
    for i, (when, text) in enumerate((("before", BEFORE), ("after", AFTER))):
        values = [tests[f"bias_{when}[{name}]"] for name in names]
        style = {"markerfacecolor": "white"} if i == 0 else {}
        axis.plot(
            values, place, linestyle="none", marker=canvas.MARKERS[i], color=canvas.GROUPS[i], ms=4.5,
            label=text[language], **style,
        )  # fmt: skip
    axis.axvline(0, color=canvas.INK, lw=0.6)
    for edge in (-10, 10):
        axis.axvline(edge, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
    axis.set_yticks(place, labels)
    axis.margins(x=0.08)
    axis.set_ylim(-0.6, len(names) - 0.4)
    axis.grid(axis="y", color=canvas.GRID, lw=0.4)
    axis.set_axisbelow(True)
    axis.set_xlabel(BIAS[language])
    canvas.legend_below(axis, gap=30)
    return figure
