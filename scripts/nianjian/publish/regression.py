"""Regression tables from estimates: nothing is fitted here, and nothing is left out in silence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian import fixed_effects
from nianjian.errors import DeclarationError, EstimationError
from nianjian.publish import declared, flags
from nianjian.publish.declared import Declaration, Entry, Labels
from nianjian.publish.estimated import Estimated
from nianjian.publish.tables import EMPTY, MINUS, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import BLANK, Text

# Chinese journals print 控制 in the rows of controls and effects.
YES, NO = Text("Yes", "控制"), Text("No", "未控制")
DROPPED = Text("dropped", "已剔除")

COUNTS = frozenset(
    {
        "nobs",
        "units",
        "clusters",
        "draws",
        "treated_units",
        "never_treated_units",
        "pseudo_treated",
        "pseudo_controls",
    }
)
STATISTICS = {
    "nobs": Text("N", "N"),
    "units": Text("Cities", "城市数"),
    "clusters": Text("Clusters", "聚类数"),
    "r2": Text("R²", "R²"),
    "r2_adj": Text("Adjusted R²", "调整R²"),
    "r2_within": Text("Within R²", "组内R²"),
    "r2_within_unit": Text("Within R²", "组内R²"),
    "dep_mean": Text("Mean of dependent variable", "被解释变量均值"),
    "dep_sd": Text("SD of dependent variable", "被解释变量标准差"),
    "rmse": Text("RMSE", "均方根误差"),
    "f": Text("F statistic", "F统计量"),
    "loglik": Text("Log likelihood", "对数似然值"),
    "aic": Text("AIC", "AIC"),
    "bic": Text("BIC", "BIC"),
    "draws": Text("Draws", "抽样次数"),
    "pseudo_treated": Text("Pseudo-treated cities", "伪处理组城市数"),
    "pseudo_controls": Text("Pseudo-control cities", "伪对照组城市数"),
    "treated_units": Text("Treated cities", "处理组城市数"),
    "never_treated_units": Text("Cities never treated", "从未处理城市数"),
    "kleibergen_paap_lm": Text("Kleibergen-Paap rk LM statistic", "Kleibergen-Paap rk LM统计量"),
    "kleibergen_paap_f": Text("Kleibergen-Paap rk Wald F statistic", "Kleibergen-Paap rk Wald F统计量"),
    "cragg_donald_f": Text("Cragg-Donald Wald F statistic", "Cragg-Donald Wald F统计量"),
    "effective_f": Text("Effective F (Montiel Olea-Pflueger)", "有效F统计量（Montiel Olea-Pflueger）"),
    "anderson_rubin": Text("Anderson-Rubin F test", "Anderson-Rubin F检验"),
    "hansen_j": Text("Hansen J statistic", "Hansen J统计量"),
    "endogeneity": Text("Endogeneity test", "内生性检验"),
    "pretrend": Text("Joint F test of the years before", "政策前联合F检验"),
    "posttrend": Text("Joint F test of the years after", "政策后联合F检验"),
    "difference": Text("Test of equal effects", "组间差异检验"),
    "randomisation": Text("Randomisation test of the coefficient", "随机化检验（系数）"),
    "randomisation_t": Text("Randomisation test of t", "随机化检验（t值）"),
}
PUBLISHED_NAMES = {
    "nobs": "N",
    "r2": "R2",
    "units": "n_cities",
    "treated_units": "n_treated_cities",
    "pseudo_treated": "n_pseudo_treated",
    "pseudo_controls": "n_pseudo_control",
    "stock_yogo_10": "critical_value_10pct",
}
"""Statistics that ``config/published`` calls otherwise."""

UNITS = {
    "city": Text("city", "城市"),
    "year": Text("year", "年份"),
    "province": Text("province", "省份"),
}
"""What effects and clusters are called; others need a label. ``province#year`` joins two, ``city[year]`` is a trend."""

REGRESSORS = ("treatment", "controls")
"""Keys of a specification that name terms of which estimates must exist."""


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(name) for name in value or []]


@dataclass(frozen=True)
class _Source(Estimated):
    """The estimates of a regression table, with what it shows of them."""

    @cached_property
    def show(self) -> Mapping[str, Any]:
        return self.declaration.get("show") or {}

    @cached_property
    def decimals(self) -> int:
        return int(self.declaration.get("decimals", 4))

    @cached_property
    def beside(self) -> bool:
        style = self.declaration.get("style", "below")
        if style not in ("below", "beside"):
            raise DeclarationError(f"{self.place}.style: '{style}'; expected 'below' or 'beside'")
        return style == "beside"

    def check_columns(self) -> None:
        """Each column's specification is declared and estimated."""
        estimated = {spec for spec, _, _ in self.rows}
        for number, name in enumerate(self.columns, start=1):
            if name not in estimated:
                raise EstimationError(
                    f"{self.place}: column ({number}) shows '{name}', which has no estimates"
                    f"{declared.suggestion(name, estimated)}"
                )
            if name not in self.specs:
                raise DeclarationError(
                    f"{self.place}: column ({number}) shows '{name}', which is no specification"
                )

    def dropped(self, spec: str, term: str) -> bool:
        """Whether the estimator left ``term`` out as collinear or absorbed, and said so."""
        return any(self.find(spec, "fit", f"dropped:{reason}:{term}") for reason in ("collinear", "absorbed"))

    def has(self, spec: str, term: str) -> bool:
        return any(term in _names(self.specs[spec].get(key)) for key in REGRESSORS)

    def unit(self, name: str) -> Text:
        parts = [UNITS[part] if part in UNITS else self.label(part) for part in name.split("#")]
        return Text(" × ".join(part.en for part in parts), "×".join(part.zh for part in parts))

    def effect(self, name: str) -> Text:
        levels, slope = fixed_effects.parts(name)
        unit = self.unit("#".join(levels))
        if slope is None:
            return Text(f"{unit.en} fixed effects", f"{unit.zh}固定效应")
        if slope == "year":
            return Text(f"{unit.en} trends", f"{unit.zh}趋势")
        of = self.label(slope)
        return Text(f"{unit.en} slopes of {of.en}", f"{of.zh}的{unit.zh}斜率")


def _coefficient(source: _Source, row: Mapping[str, Any], name: str) -> tuple[Cell, Cell]:
    """An estimate and its standard error, each as a cell.

    What has an interval and no error, such as a share of two effects, is printed with the interval; of a test
    that is an interval nothing else is.
    """
    interval = None
    if not (pd.isna(row["conf_low"]) or pd.isna(row["conf_high"])):
        interval = (float(row["conf_low"]), float(row["conf_high"]))
    bare = row["kind"] != "coefficient" and pd.isna(row["std_error"]) and pd.isna(row["p_value"])
    if bare and interval is not None:
        ends = _interval(interval, source.decimals)
        if row["kind"] == "test":
            return (ends,), EMPTY
        value = Number(source.number(row, "estimate"), source.decimals, name, interval=interval)
        return (value,), (ends,)
    stars = source.stars(row)
    return (
        (Number(source.number(row, "estimate"), source.decimals, name, stars=stars, interval=interval),),
        (Number(source.number(row, "std_error"), source.decimals, "se", brackets="()"),),
    )


def _interval(ends: tuple[float, float], decimals: int) -> Word:
    """An interval in brackets; a confidence set may have no end."""
    shown = [
        Number(end, decimals, "interval").digits("en")
        if math.isfinite(end)
        else f"{MINUS}∞"
        if end < 0
        else "∞"
        for end in ends
    ]
    text = f"[{', '.join(shown)}]"
    return Word(Text(text, text), "interval", text)


def _has_error(source: _Source, entry: Entry) -> bool:
    """Whether a test is an estimate with an error or interval, such as a difference of two effects."""
    rows = [source.find(spec, entry.kind, entry.term) for spec in source.columns]
    return any(row is not None and not pd.isna(row["conf_low"]) for row in rows)


def _term_row(source: _Source, entry: Entry) -> Row:
    term, kind = entry.term, entry.kind
    name = "coef" if kind == "coefficient" else kind
    upper: list[Cell] = []
    lower: list[Cell] = []
    for spec in source.columns:
        estimate, error = EMPTY, EMPTY
        if source.dropped(spec, term):
            estimate = (Word(DROPPED, name, "dropped"),)
        elif source.find(spec, kind, term) or (kind == "coefficient" and source.has(spec, term)):
            # What a specification declares must have been estimated: `get` raises otherwise.
            estimate, error = _coefficient(source, source.get(spec, kind, term), name)
        upper.append(estimate + error if source.beside else estimate)
        lower.append(error)
    if not any(upper):
        known = source.terms(source.columns, kind)
        raise EstimationError(
            f"{source.place}: no column has a {kind} '{term}'{declared.suggestion(term, known)}"
        )
    alone = source.beside or (kind == "test" and not any(lower))
    return Row(term, (entry.text,), (tuple(upper),) if alone else (tuple(upper), tuple(lower)))


def _term_panels(source: _Source) -> list[Panel]:
    """The declared rows; a group of them is a panel under its heading."""
    panels: list[Panel] = []
    symbols = bool(source.declaration.get("symbols", False))
    for entry in declared.entries(source.declaration, source.labels, source.place, symbols=symbols):
        if entry.kind == "fit" or (entry.kind == "test" and not _has_error(source, entry)):
            line = {
                "term": entry.term,
                "kind": entry.kind,
                "label": {"en": entry.text.en, "zh": entry.text.zh},
            }
            row = _statistic_row(source, line)
        else:
            row = _term_row(source, entry)
        heading = entry.groups[0] if entry.groups else None
        if panels and panels[-1].label == heading:
            panels[-1] = Panel((*panels[-1].rows, row), heading)
        else:
            panels.append(Panel((row,), heading))
    return panels


def _flags(key: str, text: Text, values: Sequence[bool]) -> Row:
    cells = tuple((Word(YES, "flag", "Yes") if value else Word(NO, "flag", "No"),) for value in values)
    return Row(key, (text,), (cells,))


def _effect_rows(source: _Source, shown: bool | Sequence[str]) -> list[Row]:
    """One row for each effect of ``shown``, or for each that any column absorbs."""
    absorbed = {name: _names(source.specs[name].get("effects")) for name in source.columns}
    found = list(dict.fromkeys(effect for effects in absorbed.values() for effect in effects))
    rows = []
    for effect in found if isinstance(shown, bool) else shown:
        if effect not in found:
            raise DeclarationError(
                f"{source.place}.show.effects: no column absorbs '{effect}'"
                f"{declared.suggestion(effect, found)}"
            )
        text = source.effect(effect)
        text = Text(text.en[:1].upper() + text.en[1:], text.zh)
        rows.append(_flags(f"effects:{effect}", text, [effect in absorbed[name] for name in source.columns]))
    return rows


def _statistic_row(source: _Source, line: Any) -> Row:
    own = line if isinstance(line, Mapping) else {"term": line}
    term = str(own["term"])
    place, kind, shown = (
        f"{source.place}.statistics, '{term}'",
        str(own.get("kind", "fit")),
        own.get("columns"),
    )
    for name in shown or []:
        if name not in source.columns:
            raise DeclarationError(
                f"{place}: '{name}' is no column{declared.suggestion(name, source.columns)}"
            )
    if own.get("label") is not None:
        text = Text.read(own["label"], place)
    else:
        text = STATISTICS[term] if term in STATISTICS else source.label(term)
    count = term in COUNTS
    digits = 0 if count else source.decimals if own.get("decimals") is None else int(own["decimals"])
    statistic = "stat" if kind == "test" else PUBLISHED_NAMES.get(term, term)
    cells: list[Cell] = []
    for spec in source.columns:
        if shown and spec not in shown:
            cells.append(EMPTY)
            continue
        row = source.get(spec, kind, term)
        stars = source.stars(row) if own.get("stars", False) else ""
        cell: Cell = (Number(_value(source, row), digits, statistic, stars=stars, grouped=count),)
        bracket, marks = own.get("bracket"), own.get("bracket_marks", "[]")
        if bracket == "p_value":
            cell += (Number(source.number(row, "p_value"), digits, "p_value", brackets=marks),)
        elif bracket == "std_error":
            cell += (Number(source.number(row, "std_error"), digits, "se", brackets=marks),)
        elif bracket:
            # A critical value, say, which is a test or fit row of its own.
            value, places = _value(source, source.get(spec, kind, str(bracket))), own.get("bracket_decimals")
            called = PUBLISHED_NAMES.get(str(bracket), str(bracket))
            cell += (Number(value, 2 if places is None else int(places), called, brackets=marks),)
        cells.append(cell)
    return Row(term, (text,), (tuple(cells),))


def _value(source: _Source, row: Mapping[str, Any]) -> float:
    """A test's own number is its statistic; of anything else it is the estimate."""
    by_statistic = row["kind"] == "test" and not pd.isna(row["statistic"])
    return source.number(row, "statistic" if by_statistic else "estimate")


def _foot(source: _Source) -> list[Row]:
    """What stands below the coefficients: controls, effects, statistics."""
    rows: list[Row] = []
    if source.show.get("controls"):
        has = [bool(_names(source.specs[name].get("controls"))) for name in source.columns]
        rows.append(_flags("controls", Text("Controls", "控制变量"), has))
    if source.show.get("effects"):
        rows += _effect_rows(source, source.show["effects"])
    return rows + [
        _statistic_row(source, line) for line in source.declaration.get("statistics") or ["nobs", "r2"]
    ]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "和" + words[-1]


def _own_notes(source: _Source) -> tuple[Text, ...]:
    """What is explained, what stands in brackets and what the stars mean, read off what the table shows."""
    found = []
    outcomes = {str(source.specs[name].get("outcome")) for name in source.columns}
    if len(outcomes) == 1 and (outcome := outcomes.pop()) in source.labels:
        text = source.label(outcome)
        found.append(Text(f"Dependent variable: {text.en}.", f"被解释变量为{text.zh}。"))
    clusters = {tuple(_names(source.specs[name].get("cluster"))) for name in source.columns}
    # Where columns differ, or have no clusters, it is for the declared note to explain.
    units = [source.unit(name) for name in clusters.pop()] if len(clusters) == 1 else []
    english, chinese = "Standard errors in parentheses.", "括号内为标准误。"
    if units:
        english = f"Standard errors, clustered by {' and '.join(unit.en for unit in units)}, in parentheses."
        chinese = f"括号内为聚类到{_listed([unit.zh for unit in units])}层面的稳健标准误。"
    if source.rule:
        english += " " + ", ".join(f"{stars} p < {level:g}" for level, stars in source.rule) + "."
        marks = _listed([stars for _, stars in source.rule])
        levels = _listed([f"{level * 100:g}%" for level, _ in source.rule])
        apart = "分别" if len(source.rule) > 1 else ""
        chinese = f"{marks}{apart}表示在{levels}显著性水平下显著；{chinese}"
    return (*found, Text(english, chinese), *flags.notes(source))


def _heads(source: _Source) -> list[tuple[Text, ...]]:
    """Heads of each column: its group, its number, its label, and its outcome where outcomes differ."""
    levels: list[list[Text]] = []
    place, count = source.place, len(source.columns)
    groups = source.declaration.get("column_groups") or []
    spread = [
        Text.read(each["label"], f"{place}.column_groups") for each in groups for _ in range(each["span"])
    ]
    own = source.declaration.get("column_labels") or []
    for key, given in (("column_groups", spread), ("column_labels", own)):
        if given and len(given) != count:
            raise DeclarationError(f"{place}.{key}: covers {len(given)} columns, the table has {count}")
    if spread:
        levels.append(spread)
    if source.show.get("numbers") is not False:
        levels.append([Text(f"({number})", f"（{number}）") for number in range(1, count + 1)])
    if own:
        levels.append([Text.read(text, f"{place}.column_labels[{index}]") for index, text in enumerate(own)])
    outcomes = [str(source.specs[name].get("outcome")) for name in source.columns]
    shown = source.show.get("outcome")
    if shown or (shown is None and not own and len(set(outcomes)) > 1):
        levels.append([source.label(outcome) for outcome in outcomes])
    if not levels:
        raise DeclarationError(
            f"{place}: columns need numbers or column_labels, else nobody can tell them apart"
        )
    return list(zip(*levels, strict=True))


def regression_table(
    declaration: Declaration,
    estimates: pd.DataFrame,
    *,
    study: str,
    table: str,
    specs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    origin: str,
) -> Table:
    """Set estimates side by side, one specification a column.

    Parameters
    ----------
    declaration : a table of kind regression, see :mod:`nianjian.publish.declared`
    estimates : rows of the ESTIMATES schema, of every specification in ``columns``
    specs : resolved specification of each column; ``outcome``, ``treatment``, ``controls``, ``effects`` and
        ``cluster`` are read
    origin : ``simulated`` or ``real: <label>``

    Returns
    -------
    Table
        A term's cell is empty only where its specification does not have the term. A term that the estimator
        dropped (fit row ``dropped:<reason>:<term>``) is printed so.

    Raises
    ------
    DeclarationError
        If the declaration contradicts itself or a label is missing.
    EstimationError
        If a specification, term or statistic that the table asks for was not estimated.
    """
    source = _Source(declaration, estimates, study, table, specs, labels)
    source.check_columns()
    heads = _heads(source)
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, source.place),
        stubs=(BLANK,),
        columns=tuple(
            Column(f"({number})", head, spec=name)
            for number, (name, head) in enumerate(zip(source.columns, heads, strict=True), start=1)
        ),
        panels=(*_term_panels(source), Panel(tuple(_foot(source)))),
        origin=origin,
        notes=(*_own_notes(source), *declared.notes(declaration, source.place)),
    )
