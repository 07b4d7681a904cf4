"""Tables of spatial results: association by year, specification tests, effects, choice of a weight matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian.errors import DeclarationError, EstimationError
from nianjian.publish import declared, flags
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.estimated import Estimated
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import BLANK, Text

YEAR = Text("Year", "年份")
ASSOCIATION = {
    "moran": ("moran_I", Text("Moran's I", "莫兰指数I")),
    "geary": ("geary_C", Text("Geary's C", "吉尔里指数C")),
    "getis_ord": ("getis_ord_G", Text("Getis-Ord G", "Getis-Ord G")),
}
"""Statistic: its name in ``config/published``, and its head."""
TESTS = {
    "lm_lag": Text("LM test, spatial lag", "LM检验（空间滞后）"),
    "robust_lm_lag": Text("Robust LM test, spatial lag", "稳健LM检验（空间滞后）"),
    "lm_error": Text("LM test, spatial error", "LM检验（空间误差）"),
    "robust_lm_error": Text("Robust LM test, spatial error", "稳健LM检验（空间误差）"),
    "lr_sar": Text("LR test, SDM against SAR", "LR检验（SDM与SAR）"),
    "lr_sem": Text("LR test, SDM against SEM", "LR检验（SDM与SEM）"),
    "wald_sar": Text("Wald test, SDM against SAR", "Wald检验（SDM与SAR）"),
    "wald_sem": Text("Wald test, SDM against SEM", "Wald检验（SDM与SEM）"),
    "hausman": Text("Hausman test", "Hausman检验"),
    "pretrend": Text("Joint test of the leads", "处理前各期联合检验"),
    "difference": Text("Difference of the groups", "组间差异检验"),
}
EFFECTS = {
    "direct": Text("Direct", "直接效应"),
    "indirect": Text("Indirect", "间接效应"),
    "total": Text("Total", "总效应"),
}
CRITERIA = {
    "loglik": Text("Log likelihood", "对数似然值"),
    "aic": Text("AIC", "AIC"),
    "bic": Text("BIC", "BIC"),
    "rho": Text("ρ", "ρ"),
    "lambda": Text("λ", "λ"),
}
BEST = "†"


@dataclass(frozen=True)
class _Source(Estimated):
    """The estimates of a table of spatial results, with its heads and the note on its stars."""

    @cached_property
    def decimals(self) -> int:
        return int(self.declaration.get("decimals", 3))

    def heads(self) -> list[Text]:
        """What the specifications are called; one alone needs no name."""
        given = self.declaration.get("column_labels")
        if given:
            return [Text.read(each, f"{self.place}.column_labels[{i}]") for i, each in enumerate(given)]
        if len(self.columns) > 1:
            raise DeclarationError(f"{self.place}: 'column_labels' is missing, the table shows several specs")
        return [BLANK]

    def levels(self) -> Text:
        """What the stars mean."""
        english = ", ".join(f"{stars} p < {level:g}" for level, stars in self.rule)
        marks = "、".join(stars for _, stars in self.rule)
        levels = "、".join(f"{level * 100:g}%" for level, _ in self.rule)
        return Text(f"{english}.", f"{marks}分别表示在{levels}显著性水平下显著。")


def spatial_table(
    declaration: Declaration,
    estimates: pd.DataFrame,
    *,
    study: str,
    table: str,
    specs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    origin: str,
) -> Table:
    """A table of kind association, tests, effects or weight_choice.

    Parameters
    ----------
    declaration : resolved; ``columns`` are the specifications that it shows
    estimates : rows of the ESTIMATES schema, of every specification in ``columns``
    specs : resolved specification of each of them
    labels : of regressors (effects), outcomes (association) and weight matrices (weight_choice)
    origin : ``simulated`` or ``real: <label>``

    Returns
    -------
    Table
        association: one row a year, a column for each statistic, z statistics under randomisation in
        parentheses; the last row sums up sign and significance. tests: one row a test. effects: direct,
        indirect and total effects with their errors. weight_choice: one row a matrix, the smallest AIC marked.

    Raises
    ------
    DeclarationError
        If several specifications have no ``column_labels``, or a label is missing.
    EstimationError
        If what the table shows was not estimated.
    """
    source = _Source(declaration, estimates, study, table, specs, labels)
    builders: dict[str, Callable[[_Source], _Parts]] = {
        "association": _association,
        "tests": _tests,
        "effects": _effects,
        "weight_choice": _weight_choice,
    }
    stub, columns, panels, notes = builders[declaration["kind"]](source)
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, source.place),
        stubs=(stub,),
        columns=tuple(columns),
        panels=tuple(panels),
        origin=origin,
        notes=(*notes, *flags.notes(source), *declared.notes(declaration, source.place)),
    )


_Parts = tuple[Text, list[Column], list[Panel], list[Text]]


def _plain(text: str) -> Text:
    return Text(text, text)


def _years(source: _Source, spec: str, statistic: str) -> list[int]:
    prefix = f"{statistic}["
    return sorted(
        int(term[len(prefix) : -1]) for term in source.terms([spec], "test") if term.startswith(prefix)
    )


def _association(source: _Source) -> _Parts:
    columns: list[Column] = []
    shown: list[tuple[str, str, str]] = []
    several = len(source.columns) > 1
    permuted = bool(source.declaration.get("permutation"))
    for spec, head in zip(source.columns, source.heads(), strict=True):
        for statistic in source.specs[spec]["statistics"]:
            key = f"{spec}:{statistic}" if several else statistic
            text = ASSOCIATION[statistic][1]
            columns.append(Column(key, (head, text) if several else (text,), spec=spec))
            shown.append((spec, statistic, "z"))
            if permuted:
                own = Text("p (permutation)", "p值（置换）")
                columns.append(Column(f"{key}_p", (head, own) if several else (own,), spec=spec))
                shown.append((spec, statistic, "p"))
    years = sorted({year for spec, statistic, _ in shown for year in _years(source, spec, statistic)})
    if not years:
        raise EstimationError(f"{source.place}: no year has a statistic; look into the specifications' logs")
    rows = []
    for year in years:
        cells: list[Cell] = []
        for spec, statistic, what in shown:
            name = f"{statistic}_permutation" if what == "p" else statistic
            row = source.get(spec, "test", f"{name}[{year}]")
            if what == "p":
                cells.append((Number(source.number(row, "p_value"), 3, "p_permutation"),))
                continue
            estimate = source.number(row, "estimate")
            value = Number(estimate, source.decimals, ASSOCIATION[statistic][0], stars=source.stars(row))
            cells.append((value, Number(source.number(row, "statistic"), 3, "z", brackets="()")))
        rows.append(Row(str(year), (_plain(str(year)),), (tuple(cells),)))
    verdicts = tuple(
        (_verdict(source, spec, statistic, years),) if what == "z" else EMPTY
        for spec, statistic, what in shown
    )
    last = Row(f"{years[0]}-{years[-1]}", (Text("All years", "各年"),), (verdicts,))
    notes = _outcome(source)
    notes.append(
        Text(
            "z statistics under randomisation in parentheses; alike values are near each other where Moran's I "
            "is above, or Geary's C below, its mean without association.",
            "括号内为随机化假设下的z统计量；莫兰指数大于、吉尔里指数小于无空间关联时的均值，表示相近的值在空间上聚集。",
        )
    )
    notes.append(source.levels())
    return YEAR, columns, [Panel(tuple(rows)), Panel((last,))], notes


def _outcome(source: _Source) -> list[Text]:
    outcomes = {str(source.specs[spec]["outcome"]) for spec in source.columns}
    if len(outcomes) > 1:
        return []
    text = source.label(outcomes.pop())
    return [Text(f"Variable: {text.en}.", f"变量为{text.zh}。")]


def _verdict(source: _Source, spec: str, statistic: str, years: Sequence[int]) -> Word:
    """Sign of the association over all years, and the level that its weakest year reaches."""
    rows = [source.get(spec, "test", f"{statistic}[{year}]") for year in years]
    # Below its mean, Geary's C says that alike cities are near.
    turn = -1 if statistic == "geary" else 1
    signs = {turn * source.number(row, "statistic") > 0 for row in rows}
    weakest = max(source.number(row, "p_value") for row in rows)
    level = next((level for level, _ in source.rule if weakest < level), None)
    if len(signs) > 1:
        return Word(Text("sign changes", "方向不一"), "significance", "sign changes")
    sign = Text("positive", "正") if signs.pop() else Text("negative", "负")
    if level is None:
        word = Text(f"{sign.en}, not significant every year", f"{sign.zh}，并非每年显著")
    else:
        word = Text(f"{sign.en}, {level * 100:g}% every year", f"{sign.zh}，每年在{level * 100:g}%水平显著")
    return Word(word, "significance", word.en)


def _tests(source: _Source) -> _Parts:
    several = len(source.columns) > 1 and bool(source.declaration.get("column_labels"))
    blocks = [[spec] for spec in source.columns] if several else [source.columns]
    heads = source.heads() if several else [BLANK]
    names = (
        ("", Text("Statistic", "统计量")),
        ("_df", Text("d.f.", "自由度")),
        ("_p", Text("p", "p值")),
    )
    columns = [
        Column(
            f"{block[0] if several else 'statistic'}{suffix}", (head, text) if several else (text,), "right"
        )
        for block, head in zip(blocks, heads, strict=True)
        for suffix, text in names
    ]
    rows = []
    for entry in declared.require(source.declaration, "rows", source.place):
        term = str(entry["term"])
        if entry.get("label") is not None:
            text = Text.read(entry["label"], f"{source.place}, label of '{term}'")
        elif term in TESTS:
            text = TESTS[term]
        else:
            text = source.label(term)
        cells: list[Cell] = []
        for block in blocks:
            found = next((spec for spec in block if (spec, "test", term) in source.rows), None)
            if found is None and several:
                cells += [EMPTY] * len(names)
                continue
            row = source.get(found or block[-1], "test", term)
            statistic = Number(
                source.number(row, "statistic"), source.decimals, "stat", stars=source.stars(row)
            )
            df = EMPTY if pd.isna(row["df"]) else (Number(float(row["df"]), 0, "df"),)
            cells += [(statistic,), df, (Number(source.number(row, "p_value"), 3, "p_value"),)]
        if not any(cells):
            raise EstimationError(f"{source.place}: no specification has a test '{term}'")
        rows.append(Row(term, (text,), (tuple(cells),)))
    return Text("Test", "检验"), columns, [Panel(tuple(rows))], [source.levels()]


def _effects(source: _Source) -> _Parts:
    heads, several = source.heads(), len(source.columns) > 1
    shown = [(spec, kind) for spec in source.columns for kind in EFFECTS]
    columns = [
        Column(f"{spec}:{kind}" if several else kind, (head, text) if several else (text,), spec=spec)
        for spec, head in zip(source.columns, heads, strict=True)
        for kind, text in EFFECTS.items()
    ]
    beside = source.declaration.get("style", "below") == "beside"
    rows = []
    for entry in declared.entries(source.declaration, source.labels, source.place):
        upper: list[Cell] = []
        lower: list[Cell] = []
        for spec, kind in shown:
            row = source.rows.get((spec, "effect", f"{kind}[{entry.term}]"))
            if row is None:
                if entry.term in (source.specs[spec].get("treatment"), *source.specs[spec]["controls"]):
                    source.get(spec, "effect", f"{kind}[{entry.term}]")  # it should be there: says what is
                upper.append(EMPTY)
                lower.append(EMPTY)
                continue
            interval = (source.number(row, "conf_low"), source.number(row, "conf_high"))
            estimate = source.number(row, "estimate")
            value: Cell = (
                Number(
                    estimate, source.decimals, f"{kind}_effect", stars=source.stars(row), interval=interval
                ),
            )
            error: Cell = (Number(source.number(row, "std_error"), source.decimals, "se", brackets="()"),)
            upper.append(value + error if beside else value)
            lower.append(error)
        if not any(upper):
            raise EstimationError(f"{source.place}: no specification has effects of '{entry.term}'")
        rows.append(
            Row(entry.term, (entry.text,), (tuple(upper),) if beside else (tuple(upper), tuple(lower)))
        )
    kinds = {source.specs[spec].get("effect_errors") for spec in source.columns}
    notes = [
        Text(
            "Partial derivatives averaged over cities: direct, of a city's own regressor; indirect, of all the "
            "others' together.",
            "效应为偏导数在各城市上的平均：直接效应来自本市，间接效应为其他城市影响之和。",
        )
    ]
    if kinds == {"simulated"}:
        notes.append(Text("Simulated standard errors in parentheses.", "括号内为模拟标准误。"))
    elif kinds == {"delta"}:
        notes.append(Text("Standard errors by the delta method in parentheses.", "括号内为德尔塔法标准误。"))
    return Text("Variable", "变量"), columns, [Panel(tuple(rows))], [*notes, source.levels()]


def _weight_choice(source: _Source) -> _Parts:
    spec = source.columns[0]
    prefix = "aic["
    matrices = [term[len(prefix) : -1] for term in source.terms([spec], "fit") if term.startswith(prefix)]
    if not matrices:
        raise EstimationError(f"{source.place}: specification '{spec}' compares no matrices")
    # Rows come sorted by name: shares go by their size, the others as declared.
    own = list(source.specs[spec].get("matrices") or [])
    matrices.sort(key=lambda name: (float(name[2:]), 0) if name.startswith("a=") else (2.0, own.index(name)))
    criteria = [name for name in CRITERIA if (spec, "fit", f"{name}[{matrices[0]}]") in source.rows]
    columns = [Column(name, (CRITERIA[name],), align="right") for name in criteria]
    declared_rows, mixed_rows = [], []
    for matrix in matrices:
        cells: list[Cell] = []
        for name in criteria:
            value = source.number(source.get(spec, "fit", f"{name}[{matrix}]"), "estimate")
            chosen = source.rows.get((spec, "fit", f"best_{name}[{matrix}]"))
            best = chosen is not None and chosen["estimate"] == 1
            decimals = 4 if name in ("rho", "lambda") else source.decimals
            cells.append((Number(value, decimals, name, stars=BEST if best else ""),))
        mixed = matrix.startswith("a=")
        text = _plain(matrix.replace("=", " = ")) if mixed else source.label(matrix)
        (mixed_rows if mixed else declared_rows).append(Row(matrix, (text,), (tuple(cells),)))
    panels = []
    grid = source.specs[spec].get("grid")
    if mixed_rows:
        first, second = (source.label(name) for name in grid)
        panels.append(
            Panel(
                tuple(mixed_rows),
                Text(f"a × {first.en} + (1 - a) × {second.en}", f"a×{first.zh}+(1-a)×{second.zh}"),
            )
        )
    if declared_rows:
        panels.append(Panel(tuple(declared_rows), Text("Other matrices", "其他矩阵") if mixed_rows else None))
    notes = [
        *_outcome(source),
        Text(
            f"{BEST} smallest value. All rows have equally many parameters, so the criteria agree and the choice "
            "is by the likelihood alone.",
            f"{BEST}表示最小值。各行参数个数相同，因此两个准则一致，选择仅取决于似然值。",
        ),
    ]
    return Text("Weight matrix", "空间权重矩阵"), columns, panels, notes
