"""Regression tables from estimates: nothing is fitted here, and nothing is left out in silence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nianjian.errors import DeclarationError, EstimationError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Entry, Labels
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import BLANK, Text

YES, NO = Text("Yes", "控制"), Text("No", "未控制")
DROPPED = Text("dropped", "已剔除")

COUNTS = frozenset({"nobs", "units", "clusters", "periods", "treated", "n_draws"})
STATISTICS = {
    "nobs": Text("N", "N"),
    "units": Text("Cities", "城市数"),
    "clusters": Text("Clusters", "聚类数"),
    "periods": Text("Years", "年份数"),
    "r2": Text("R²", "R²"),
    "r2_adj": Text("Adjusted R²", "调整R²"),
    "r2_within": Text("Within R²", "组内R²"),
    "dep_mean": Text("Mean of dep. variable", "被解释变量均值"),
    "dep_sd": Text("SD of dep. variable", "被解释变量标准差"),
    "rmse": Text("RMSE", "均方根误差"),
    "f": Text("F statistic", "F统计量"),
    "loglik": Text("Log likelihood", "对数似然值"),
    "aic": Text("AIC", "AIC"),
    "bic": Text("BIC", "BIC"),
}
PUBLISHED_NAMES = {"nobs": "N", "r2": "R2"}
"""Fit statistics that ``config/published`` calls otherwise."""

UNITS = {
    "city": Text("city", "城市"),
    "year": Text("year", "年份"),
    "province": Text("province", "省份"),
    "agglomeration": Text("agglomeration", "城市群"),
}
"""What effects and clusters are called; others need a label. ``province#year`` joins two."""

REGRESSORS = ("treatment", "controls", "regressors", "endogenous", "mediator")
"""Keys of a specification that name terms of which estimates must exist."""


class _Results:
    """Estimates by specification, kind and term; asking for what is not there is an error that names it."""

    def __init__(self, estimates: pd.DataFrame, study: str) -> None:
        own = estimates[estimates["study"] == study]
        self.specs = sorted(own["spec"].unique())
        keys = zip(own["spec"], own["kind"], own["term"], strict=True)
        self._rows = dict(zip(keys, own.to_dict("records"), strict=True))

    def find(self, spec: str, kind: str, term: str) -> dict[str, Any] | None:
        return self._rows.get((spec, kind, term))

    def terms(self, spec: str, kind: str) -> list[str]:
        return [term for own, other, term in self._rows if own == spec and other == kind]

    def dropped(self, spec: str, term: str) -> bool:
        """Whether an estimator left ``term`` out as collinear or absorbed, and said so."""
        return any(self.find(spec, "fit", f"dropped:{reason}:{term}") for reason in ("collinear", "absorbed"))

    def get(self, spec: str, kind: str, term: str, place: str) -> dict[str, Any]:
        row = self.find(spec, kind, term)
        if row is None:
            known = self.terms(spec, kind)
            raise EstimationError(
                f"{place}: specification {spec!r} has no {kind} {term!r}{declared.suggestion(term, known)}"
            )
        return row


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [name for name in value if isinstance(name, str)] if isinstance(value, Sequence) else []


def _regressors(spec: Mapping[str, Any]) -> set[str]:
    return {name for key in REGRESSORS for name in _names(spec.get(key))}


def _unit(name: str, labels: Labels, place: str) -> Text:
    parts = [UNITS[part] if part in UNITS else declared.label(labels, part, place) for part in name.split("#")]
    return Text(" × ".join(part.en for part in parts), "×".join(part.zh for part in parts))


def _coefficient(
    row: Mapping[str, Any], decimals: int, rule: Sequence[tuple[float, str]], place: str
) -> tuple[Cell, Cell]:
    """A coefficient and its standard error, each as a cell."""
    estimate, error, p_value = row["estimate"], row["std_error"], row["p_value"]
    for name, value in (("estimate", estimate), ("std_error", error), ("p_value", p_value)):
        if pd.isna(value) or not math.isfinite(value):
            raise EstimationError(f"{place}: {name} of {row['spec']!r}, {row['term']!r} is {value}; estimate it again")
    low, high = row["conf_low"], row["conf_high"]
    interval = None if pd.isna(low) or pd.isna(high) else (float(low), float(high))
    stars = declared.stars_of(p_value, rule)
    return (
        (Number(float(estimate), decimals, "coef", stars=stars, interval=interval),),
        (Number(float(error), decimals, "se", brackets="()"),),
    )


def _term_row(
    entry: Entry,
    columns: Sequence[str],
    specs: Mapping[str, Mapping[str, Any]],
    results: _Results,
    *,
    decimals: int,
    beside: bool,
    rule: Sequence[tuple[float, str]],
    place: str,
) -> Row:
    upper: list[Cell] = []
    lower: list[Cell] = []
    for spec in columns:
        coefficient, error = EMPTY, EMPTY
        if results.dropped(spec, entry.term):
            coefficient = (Word(DROPPED, "coef", "dropped"),)
        elif entry.term in _regressors(specs[spec]) or results.find(spec, entry.kind, entry.term):
            # A regressor of the specification must have been estimated: getting it raises otherwise.
            coefficient, error = _coefficient(results.get(spec, entry.kind, entry.term, place), decimals, rule, place)
        upper.append(coefficient + error if beside else coefficient)
        lower.append(error)
    if not any(upper):
        known = sorted({term for spec in columns for term in results.terms(spec, entry.kind)})
        raise EstimationError(
            f"{place}: no column has a {entry.kind} {entry.term!r}{declared.suggestion(entry.term, known)}"
        )
    return Row(entry.term, (entry.text,), (tuple(upper),) if beside else (tuple(upper), tuple(lower)))


def _flags(key: str, text: Text, values: Sequence[bool]) -> Row:
    cells = tuple((Word(YES, "flag", "Yes") if value else Word(NO, "flag", "No"),) for value in values)
    return Row(key, (text,), (cells,))


def _statistic_row(
    item: Any,
    columns: Sequence[str],
    results: _Results,
    labels: Labels,
    *,
    decimals: int,
    rule: Sequence[tuple[float, str]],
    place: str,
) -> Row:
    own = item if isinstance(item, Mapping) else {"term": item}
    term = str(declared.require(own, "term", place))
    kind, shown = str(own.get("kind", "fit")), own.get("columns") or columns
    unknown = [name for name in shown if name not in columns]
    if unknown:
        raise DeclarationError(f"{place}.{term}.columns: {unknown[0]!r} is no column{declared.suggestion(unknown[0], columns)}")
    if own.get("label") is not None:
        text = Text.read(own["label"], f"{place}.{term}.label")
    else:
        text = STATISTICS[term] if term in STATISTICS else declared.label(labels, term, place)
    count = term in COUNTS
    name = "stat" if kind == "test" else PUBLISHED_NAMES.get(term, term)
    digits = 0 if count else int(own.get("decimals", decimals))
    cells: list[Cell] = []
    for spec in columns:
        if spec not in shown:
            cells.append(EMPTY)
            continue
        row = results.get(spec, kind, term, place)
        # A test's own number is its statistic; some tests have an estimate as well (a difference, an exponent).
        value = row["statistic"] if kind == "test" and not pd.isna(row["statistic"]) else row["estimate"]
        if pd.isna(value) or not math.isfinite(value):
            raise EstimationError(f"{place}: {kind} {term!r} of specification {spec!r} is {value}; estimate it again")
        stars = ""
        if own.get("stars", False):
            if pd.isna(row["p_value"]):
                raise EstimationError(f"{place}: {kind} {term!r} of specification {spec!r} has no p-value, yet asks for stars")
            stars = declared.stars_of(row["p_value"], rule)
        cell: Cell = (Number(float(value), digits, name, stars=stars, grouped=count),)
        bracket = own.get("bracket")
        if bracket == "p_value":
            cell += (Number(float(row["p_value"]), digits, "p_value", brackets="[]"),)
        elif bracket:
            other = results.get(spec, kind, str(bracket), place)
            shown_value = other["statistic"] if pd.isna(other["estimate"]) else other["estimate"]
            cell += (Number(float(shown_value), int(own.get("bracket_decimals", 2)), str(bracket), brackets="[]"),)
        cells.append(cell)
    return Row(term, (text,), (tuple(cells),))


def _error_note(
    columns: Sequence[str], specs: Mapping[str, Mapping[str, Any]], labels: Labels, rule: Sequence[tuple[float, str]]
) -> Text:
    """What stands in brackets and what the stars mean, written from what the table shows."""
    clusters = {tuple(_names(specs[name].get("cluster"))) for name in columns}
    named = next(iter(clusters)) if len(clusters) == 1 else ()
    if named:
        texts = [_unit(name, labels, "cluster") for name in named]
        english = f"Standard errors clustered by {' and '.join(text.en for text in texts)} in parentheses."
        chinese = f"括号内为聚类到{'和'.join(text.zh for text in texts)}层面的稳健标准误。"
    elif all(clusters):
        english, chinese = "Clustered standard errors in parentheses.", "括号内为聚类稳健标准误。"
    else:
        english, chinese = "Standard errors in parentheses.", "括号内为标准误。"
    if rule:
        english += " " + ", ".join(f"{stars} p < {threshold:g}" for threshold, stars in rule) + "."
        # The usual sentence of Chinese journals: ***、**和*分别表示在1%、5%和10%显著性水平下显著
        marks = _listed([stars for _, stars in rule])
        levels = _listed([f"{threshold * 100:g}%" for threshold, _ in rule])
        chinese = f"{marks}{'分别' if len(rule) > 1 else ''}表示在{levels}显著性水平下显著；{chinese}"
    return Text(english, chinese)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "和" + words[-1]


def _heads(
    declaration: Declaration,
    columns: Sequence[str],
    specs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    place: str,
) -> list[tuple[Text, ...]]:
    show = declaration.get("show") or {}
    levels: list[list[Text]] = []
    groups = declaration.get("column_groups")
    if groups:
        spread = [Text.read(group.get("label", ""), f"{place}.column_groups") for group in groups for _ in range(int(group["span"]))]
        if len(spread) != len(columns):
            raise DeclarationError(f"{place}.column_groups: spans add up to {len(spread)}, the table has {len(columns)} columns")
        levels.append(spread)
    if show.get("numbers", True):
        levels.append([Text(f"({i})", f"（{i}）") for i in range(1, len(columns) + 1)])
    if show.get("outcome", False):
        levels.append([declared.label(labels, str(declared.require(specs[c], "outcome", f"specs.{c}")), place) for c in columns])
    own = declaration.get("column_labels")
    if own:
        if len(own) != len(columns):
            raise DeclarationError(f"{place}.column_labels: {len(own)} labels for {len(columns)} columns")
        levels.append([Text.read(text, f"{place}.column_labels[{i}]") for i, text in enumerate(own)])
    if not levels:
        raise DeclarationError(f"{place}: columns need numbers, column_labels or show.outcome; else nobody can tell them apart")
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
    declaration : see :mod:`nianjian.publish.declared`
    estimates : rows of the ESTIMATES schema, of all specifications in ``columns``
    specs : resolved specification of each column; ``controls``, ``effects``, ``cluster``, ``outcome`` and the
        names of regressors are read

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
    place = declared.where(study, table)
    columns = [str(name) for name in declared.require(declaration, "columns", place)]
    results = _Results(estimates, study)
    for number, name in enumerate(columns, start=1):
        if name not in results.specs:
            raise EstimationError(
                f"{place}: column ({number}) shows {name!r}, which has no estimates{declared.suggestion(name, results.specs)}"
            )
        if name not in specs:
            raise DeclarationError(f"{place}: column ({number}) shows {name!r}, which is no specification of {study}")
    style = declaration.get("style", "below")
    if style not in ("below", "beside"):
        raise DeclarationError(f"{place}.style: {style!r}; expected 'below' or 'beside'")
    decimals, rule = int(declaration.get("decimals", 4)), declared.star_rule(declaration, place)

    panels: list[Panel] = []
    for entry in declared.entries(declaration, labels, place, kind="coefficient"):
        row = _term_row(
            entry, columns, specs, results, decimals=decimals, beside=style == "beside", rule=rule, place=place
        )
        heading = entry.groups[0] if entry.groups else None
        if panels and panels[-1].label == heading:
            panels[-1] = Panel((*panels[-1].rows, row), heading)
        else:
            panels.append(Panel((row,), heading))

    show = declaration.get("show") or {}
    foot: list[Row] = []
    if show.get("controls", False):
        has = [bool(_names(specs[name].get("controls"))) for name in columns]
        foot.append(_flags("controls", Text("Controls", "控制变量"), has))
    effects = show.get("effects", False)
    if effects is True:
        effects = list(dict.fromkeys(effect for name in columns for effect in _names(specs[name].get("effects"))))
    for effect in effects or []:
        unit = _unit(effect, labels, f"{place}.show.effects")
        text = Text(f"{unit.en[:1].upper()}{unit.en[1:]} fixed effects", f"{unit.zh}固定效应")
        foot.append(_flags(f"effects:{effect}", text, [effect in _names(specs[name].get("effects")) for name in columns]))
    for item in declaration.get("statistics", ["nobs", "r2"]):
        foot.append(
            _statistic_row(item, columns, results, labels, decimals=decimals, rule=rule, place=f"{place}.statistics")
        )
    if foot:
        panels.append(Panel(tuple(foot)))

    notes = [_error_note(columns, specs, labels, rule)]
    if declaration.get("notes") is not None:
        notes.append(Text.read(declaration["notes"], f"{place}.notes"))
    heads = _heads(declaration, columns, specs, labels, place)
    return Table(
        study=study,
        id=table,
        title=Text.read(declared.require(declaration, "title", place), f"{place}.title"),
        stubs=(BLANK,),
        columns=tuple(
            Column(f"({index})", head, spec=name)
            for index, (name, head) in enumerate(zip(columns, heads, strict=True), start=1)
        ),
        panels=tuple(panels),
        origin=origin,
        notes=tuple(notes),
    )
