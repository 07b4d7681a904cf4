"""Every number that a paper prints, beside ours.

Ours are the records of our own tables (:func:`nianjian.publish.tables.records`): the scorecard judges what
is published, not what was computed on the way. A number that is not reproduced is reported as such.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nianjian.errors import DeclarationError, InputError
from nianjian.publish import web
from nianjian.publish.declared import CONSTANT, Declaration, suggestion, where
from nianjian.publish.origin import Origin
from nianjian.publish.tables import MINUS
from nianjian.publish.text import Language, Text
from nianjian.storage import Schema

PUBLISHED_COLUMNS = ("study", "table", "panel", "column", "row", "statistic", "value", "stars", "note")

SCORECARD: Schema = {
    "study": "string",  # ours
    "paper": "string",  # theirs: S0 to S4
    "table": "string",  # number in the paper, or text
    "panel": "string",
    "column": "string",
    "row": "string",
    "statistic": "string",
    "kind": "string",  # number, or word: signs, units, yes and no are declared, not computed
    "published": "string",  # as printed
    "published_stars": "string",
    "ours": "float64",
    "ours_text": "string",  # where the published value is a word: a sign, a unit, yes or no
    "our_stars": "string",
    "our_conf_low": "float64",
    "our_conf_high": "float64",
    "same_sign": "bool",  # null but for estimates
    "same_significance": "bool",  # both have stars, or neither; null where the paper's stars are unknown
    "within_interval": "bool",  # the published value lies inside our 95 % interval
    "difference": "float64",  # ours - published
    "relative_difference": "float64",  # difference / |published|
    "status": "string",
    "reason": "string",
    "reason_zh": "string",
    "our_table": "string",  # id of the table that ours was taken from
    "our_column": "string",
    "our_row": "string",
    "order": "int32",  # place in print
    "data": "string",  # what ours was made from
}
"""Key: paper, table, panel, column, row, statistic."""
SCORECARD_KEY = ("paper", "table", "panel", "column", "row", "statistic")

NUMBER, WORD = "number", "word"
REPRODUCED, AGREES, DIFFERS, NOT_AVAILABLE = "reproduced", "agrees", "differs", "not available"
STATUSES = {
    REPRODUCED: Text("Reproduced", "复现"),
    AGREES: Text("Agrees", "一致"),
    DIFFERS: Text("Differs", "不同"),
    NOT_AVAILABLE: Text("Not available", "无对应结果"),
}
MEANINGS = {
    REPRODUCED: Text("equal at the printed precision", "在论文印刷精度下相等"),
    AGREES: Text(
        "same sign, significant in both or in neither, and the printed value lies in our 95% interval",
        "符号相同、显著与否相同，且论文数值落在本文95%置信区间内",
    ),
    DIFFERS: Text("anything else that both have", "双方均有数值但不属于以上两类"),
    NOT_AVAILABLE: Text("we have no such number; the reason stands beside it", "本文没有对应数值，原因见表"),
}

BY_COLUMN = ("regression", "means", "inequality", "association")
"""Kinds of tables in which a row holds several numbers of one statistic."""

NO_TABLE = Text("the study has no table for it", "本研究没有对应的表")
PROSE = Text("stands in the paper's prose; no table of ours has it", "论文正文中的数值，本文没有对应的表")
NO_COLUMN = Text("our table has no such column", "本文的表没有对应的列")
NO_ROW = Text("our table has no such row", "本文的表没有对应的行")
NO_STATISTIC = Text("our table does not print this statistic here", "本文的表在此处不报告该统计量")
WAS_DROPPED = Text("the term was dropped as collinear", "该变量因共线性被剔除")
OTHER_WORD = Text("the words differ", "文字不同")
NOT_EQUAL = Text("not equal at the printed precision", "在印刷精度下不相等")
OTHER_SIGN = Text("the sign differs", "符号不同")
OTHER_SIGNIFICANCE = Text("significant in one, not in the other", "显著性不同")
OUTSIDE = Text("the printed value lies outside our 95% interval", "论文数值在本文95%置信区间之外")
NO_INTERVAL = Text("ours has no interval", "本文结果没有置信区间")

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
# What papers call rows that our tables call otherwise; a study's published_rows come first.
_ROWS = {"N": "nobs", "Obs": "nobs", "R2": "r2", "Log-L": "loglik"} | dict.fromkeys(
    ("cons", "Cons", "constant", "Constant"), CONSTANT
)
_STATISTICS = {"coef_text": ("coef",), "significance": ("coef", "stat")}
"""Where prose repeats a table's coefficient, or says only whether it is significant."""
_LEVELS = {"10%": 1, "5%": 2, "1%": 3}
_WORDS = {
    "positive": "+",
    "negative": "-",
    "正": "+",
    "负": "-",
    MINUS: "-",
    "控制": "yes",
    "是": "yes",
    "否": "no",
}


def read_published(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Read files of ``config/published``; values stay the printed strings, rows keep their order."""
    frames = []
    for path in paths:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if tuple(frame.columns) != PUBLISHED_COLUMNS:
            raise InputError(f"{path}: expected the columns {', '.join(PUBLISHED_COLUMNS)}")
        frames.append(frame)
    if not frames:
        raise InputError("no published tables were given; a scorecard needs config/published/S*.csv")
    return pd.concat(frames, ignore_index=True)


def read_records(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Read the CSV files of our tables."""
    frames = [pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig") for path in paths]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["table"], dtype=str)


def decimals(printed: str) -> int:
    """Digits after the point of a printed number."""
    return len(printed.partition(".")[2])


def equal_as_printed(ours: float, printed: str) -> bool:
    """Whether ``ours``, rounded either way at a tie, gives the printed digits."""
    half = 0.5 * 10.0 ** -decimals(printed)
    return abs(ours - float(printed)) <= half * (1 + 1e-9)


@dataclass(frozen=True)
class Comparison:
    """What follows from a published number and ours; ``None`` where a question has no meaning."""

    status: str
    reasons: tuple[Text, ...] = ()
    same_sign: bool | None = None
    same_significance: bool | None = None
    within_interval: bool | None = None
    difference: float | None = None
    relative_difference: float | None = None


def compare(
    printed: str,
    stars: str | None,
    ours: float,
    our_stars: str,
    interval: tuple[float, float] | None,
) -> Comparison:
    """Compare a published number with ours.

    Parameters
    ----------
    stars : as printed, empty for none; ``None`` where the paper does not tell
    interval : our 95 % confidence interval; ``None`` for what is no estimate (N, means, standard errors)
    """
    published = float(printed)
    difference = ours - published
    relative = difference / abs(published) if published else None
    sign = significance = within = None
    if interval is not None:
        sign = (ours > 0) == (published > 0) and (ours < 0) == (published < 0)
        significance = None if stars is None else bool(stars) == bool(our_stars)
        within = interval[0] <= published <= interval[1]
    reasons: list[Text] = []
    if equal_as_printed(ours, printed):
        status = REPRODUCED
    elif interval is None:
        status = DIFFERS
        reasons.append(NOT_EQUAL)
    else:
        failed = [(sign, OTHER_SIGN), (significance, OTHER_SIGNIFICANCE), (within, OUTSIDE)]
        reasons += [text for passed, text in failed if passed is False]
        status = DIFFERS if reasons else AGREES
    if interval is not None and stars is not None and stars != our_stars and "sig." not in stars:
        theirs, mine = stars or "–", our_stars or "–"
        reasons.append(Text(f"stars: printed {theirs}, ours {mine}", f"显著性标记：论文{theirs}，本文{mine}"))
    return Comparison(status, tuple(reasons), sign, significance, within, difference, relative)


def _sign(value: float) -> str:
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def significance(words: str, ours: float, stars: str) -> tuple[Text, ...]:
    """What of the words that a paper has for a number does not hold for ours.

    Parameters
    ----------
    words : as ``n.s.``, ``significant``, ``positive, significant``, ``positive, 1%``
    stars : of our number: one for 10 %, two for 5 %, three for 1 %
    """
    if words == "n.s.":
        return (OTHER_SIGNIFICANCE,) if stars else ()
    level = next((count for text, count in _LEVELS.items() if re.search(rf"\b{text}", words)), 1)
    sign = next((sign for sign in ("positive", "negative") if sign in words), None)
    failed = [(sign in (None, _sign(ours)), OTHER_SIGN), (len(stars) >= level, OTHER_SIGNIFICANCE)]
    return tuple(text for holds, text in failed if not holds)


def _in_order(published: pd.DataFrame) -> pd.DataFrame:
    """Tables by their numbers, prose last, each in printed order."""
    number = pd.to_numeric(published["table"], errors="coerce")
    return published.assign(number=number).sort_values("number", kind="stable").drop(columns="number")


def _word(text: str) -> str:
    plain = text.strip().lower()
    return _WORDS.get(plain, plain)


@dataclass(frozen=True)
class _Source:
    """One of our tables: its declaration and its records."""

    name: str
    declaration: Declaration
    records: pd.DataFrame

    def find(self, number: Mapping[str, str]) -> tuple[dict[str, str] | None, Text]:
        """Our record for a published number, or why there is none."""
        own = self.records
        # Elsewhere row and statistic say all; prose names no column.
        if self.declaration["kind"] in BY_COLUMN and number["column"]:
            names = self.declaration.get("published_columns") or {}
            printed = number["column"]
            column = names.get(f"{number['panel']} | {printed}", names.get(printed, printed))
            own = own[(own["column"] == column) | (own["spec"] == column)]
            if own.empty:
                return None, NO_COLUMN
        # Prose may say several things of one row: `placebo | draws`.
        rows = self.declaration.get("published_rows") or {}
        printed = number["row"]
        row = rows.get(f"{printed} | {number['statistic']}", rows.get(printed, printed))
        # A paper calls a row by its term, or by its label, which stands last among the labels of our row.
        labels = own["label"].str.split(" / ").str[-1]
        for found in (own["row"] == row, labels == row, own["row"] == _ROWS.get(row, row)):
            if found.any():
                # A fit statistic, such as sigma2, is called by its own name.
                named = (number["statistic"], *_STATISTICS.get(number["statistic"], ()), row, _ROWS.get(row))
                for statistic in named[:1] if number["statistic"] == "se" else named:
                    wanted = own[found & (own["statistic"] == statistic)]
                    if not wanted.empty:
                        return wanted.iloc[0].to_dict(), NO_STATISTIC
                return None, NO_STATISTIC
        return None, NO_ROW


def _sources(
    ours: pd.DataFrame, printed: pd.DataFrame, paper: str, study: str, tables: Mapping[str, Declaration]
) -> dict[str, list[_Source]]:
    """Our tables by the number of the printed table that they stand for."""
    found: dict[str, list[_Source]] = {}
    for name, declaration in tables.items():
        study_of, _, number = str(declaration.get("published") or "").partition("/")
        if study_of != paper:
            continue
        place, theirs = where(study, name), printed[printed["table"] == number]
        if theirs.empty:
            raise DeclarationError(
                f"{place}.published: {paper} has no such table{suggestion(number, set(printed['table']))}"
            )
        own = ours[ours["table"] == name]
        if own.empty:
            raise InputError(f"{place}: the table is not among the inputs; make it first")
        # A misspelt name would compare nothing and look like a gap of ours.
        columns = set(theirs["column"]) | set(theirs["panel"] + " | " + theirs["column"])
        rows = set(theirs["row"]) | set(theirs["row"] + " | " + theirs["statistic"])
        for key, known in (("published_rows", rows), ("published_columns", columns)):
            for own_name in declaration.get(key) or {}:
                if own_name not in known:
                    raise DeclarationError(
                        f"{place}.{key}: '{own_name}' is not printed there{suggestion(own_name, known)}"
                    )
        found.setdefault(number, []).append(_Source(name, declaration, own))
    return found


def _find(
    sources: Mapping[str, list[_Source]], number: Mapping[str, str]
) -> tuple[dict[str, str] | None, Text]:
    if number["table"] not in sources:
        return None, PROSE if number["table"] == "text" else NO_TABLE
    reasons = []
    for source in sources[number["table"]]:
        record, reason = source.find(number)
        if record is not None:
            return record, reason
        reasons.append(reason)
    # Of several tables the one that came closest says why.
    return None, max(reasons, key=[NO_COLUMN, NO_ROW, NO_STATISTIC].index)


def scorecard(
    published: pd.DataFrame,
    ours: pd.DataFrame,
    *,
    study: str,
    paper: str,
    tables: Mapping[str, Declaration],
    origin: str,
) -> pd.DataFrame:
    """Set each number that ``paper`` prints beside ours.

    Parameters
    ----------
    published : rows of ``config/published``; values as printed
    ours : records of the study's tables
    tables : declarations by table id; ``kind``, ``published``, ``published_rows`` and ``published_columns``
        say which of our numbers stands for which of theirs

    Returns
    -------
    DataFrame
        Columns of SCORECARD, one row a published number, in printed order.
    """
    printed = _in_order(published[published["study"] == paper])
    if printed.empty:
        known = set(published["study"])
        raise DeclarationError(f"{study}, paper: config/published has no '{paper}'{suggestion(paper, known)}")
    sources = _sources(ours, printed, paper, study, tables)
    mark = Origin.parse(origin).mark
    rows = []
    for order, number in enumerate(printed.to_dict("records")):
        record, why = _find(sources, number)
        row = {
            "study": study,
            "paper": paper,
            **{key: number[key] for key in ("table", "panel", "column", "row", "statistic")},
            "kind": NUMBER if _NUMBER.fullmatch(number["value"]) else WORD,
            "published": number["value"],
            "published_stars": number["stars"],
            "ours_text": "",
            "our_stars": "",
            "status": NOT_AVAILABLE,
            "our_table": "",
            "our_column": "",
            "our_row": "",
            "order": order,
            "data": mark,
        }
        reasons: tuple[Text, ...] = (why,)
        if record is not None:
            row |= {"our_table": record["table"], "our_column": record["column"], "our_row": record["row"]}
            if record["value"] == "dropped":
                row["ours_text"], reasons = "dropped", (WAS_DROPPED,)
            elif row["kind"] == NUMBER and not _is_word(record["value"]):
                low, high = record["conf_low"], record["conf_high"]
                interval = (float(low), float(high)) if low and high else None
                # Prose often leaves stars out; that it prints none there says nothing.
                stars = None if number["table"] == "text" and not number["stars"] else number["stars"]
                own_stars = record["stars"]
                if (
                    tables[record["table"]]["kind"] == "inequality"
                ):  # marks of the largest, not of significance
                    stars, own_stars = None, ""
                value = float(record["value"])
                judged = compare(number["value"], stars, value, own_stars, interval)
                reasons = judged.reasons
                row |= {
                    "ours": value,
                    "our_stars": own_stars,
                    "our_conf_low": interval[0] if interval else None,
                    "our_conf_high": interval[1] if interval else None,
                    "same_sign": judged.same_sign,
                    "same_significance": judged.same_significance,
                    "within_interval": judged.within_interval,
                    "difference": judged.difference,
                    "relative_difference": judged.relative_difference,
                    "status": judged.status,
                }
            elif number["statistic"] == "significance" and not _is_word(record["value"]):
                value, own_stars = float(record["value"]), record["stars"]
                row["ours_text"] = f"{_sign(value)}, {own_stars}" if own_stars else "n.s."
                reasons = significance(number["value"], value, own_stars)
                row["status"] = DIFFERS if reasons else REPRODUCED
            else:
                row["ours_text"] = record["value"]
                same = _word(number["value"]) in (_word(record["value"]), _word(record["printed"]))
                row["status"], reasons = (REPRODUCED, ()) if same else (DIFFERS, (OTHER_WORD,))
        row["reason"] = "; ".join(reason.en for reason in reasons)
        row["reason_zh"] = "；".join(reason.zh for reason in reasons)
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(SCORECARD))
    for name, kind in SCORECARD.items():
        frame[name] = frame[name].astype(
            {"bool": "boolean", "float64": "float64", "int32": "int32"}.get(kind, "str")
        )
    return frame


def _is_word(value: str) -> bool:
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return True


def titles(tables: Mapping[str, Declaration], study: str, paper: str) -> dict[str, Text]:
    """Title of our table for each printed table that one stands for."""
    found = {}
    for name, declaration in tables.items():
        study_of, _, number = str(declaration.get("published") or "").partition("/")
        if study_of == paper:
            found[number] = Text.read(declaration["title"], f"{where(study, name)}.title")
    return found


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Count by printed table, in printed order, with a last row for all.

    Returns
    -------
    DataFrame
        One column a status, for numbers alone: that signs and units are those declared would only flatter the
        count. ``words`` and ``same_words`` count the words.
    """
    order = frame.groupby("table")["order"].min().sort_values().index
    numbers, words = frame[frame["kind"] == NUMBER], frame[frame["kind"] == WORD]
    counts = pd.crosstab(numbers["table"], numbers["status"]).reindex(
        index=order, columns=list(STATUSES), fill_value=0
    )
    counts["words"] = words.groupby("table").size().reindex(order, fill_value=0)
    same = words[words["status"] == REPRODUCED]
    counts["same_words"] = same.groupby("table").size().reindex(order, fill_value=0)
    return pd.concat([counts, counts.sum().to_frame("all").T]).astype(int)


def to_csv(frame: pd.DataFrame) -> bytes:
    """The scorecard in printed order, readable by Excel on Chinese Windows."""
    ordered = frame.sort_values("order", kind="stable").drop(columns="order")
    return ordered.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _shown(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:.{digits}f}".replace("-", MINUS)


def _percent(share: float) -> str:
    if pd.isna(share):
        return ""
    text = f"{100 * share:+.1f}%"
    return "0.0%" if float(text[:-1]) == 0 else text.replace("-", MINUS)


def page(
    frame: pd.DataFrame, language: Language, *, title: Text, origin: str, titles: Mapping[str, Text]
) -> str:
    """Render the scorecard as a page: what came out first, then table by table.

    Parameters
    ----------
    title : of the study
    titles : title of each printed table that we have, by its number in the paper
    """
    reason = "reason_zh" if language == "zh" else "reason"
    tables = []
    counts = summary(frame)
    for number, group in frame.sort_values("order").groupby("table", sort=False):
        rows = []
        for row in group.to_dict("records"):
            numeric = row["kind"] == NUMBER
            digits = decimals(row["published"]) if numeric else 0
            interval = (_shown(row["our_conf_low"], digits), _shown(row["our_conf_high"], digits))
            rows.append(
                {
                    **{key: row[key] for key in ("panel", "column", "row", "statistic")},
                    "published": row["published"].replace("-", MINUS) if numeric else row["published"],
                    "published_stars": row["published_stars"],
                    # One digit more than print: equal roundings are visible as such.
                    "ours": _shown(row["ours"], digits + 1 if digits else 0) or row["ours_text"],
                    "our_stars": row["our_stars"],
                    "interval": f"[{interval[0]}, {interval[1]}]" if all(interval) else "",
                    "relative": _percent(row["relative_difference"]),
                    "status": row["status"],
                    "label": STATUSES[row["status"]][language],
                    "reason": row[reason],
                    "word": not numeric and len(row["published"]) > 12,
                }
            )
        own = counts.loc[number]
        tables.append(
            {
                "number": number,
                "title": titles[number][language] if number in titles else "",
                "rows": rows,
                "tally": [(status, int(own[status])) for status in STATUSES],
                "words": (int(own["same_words"]), int(own["words"])),
                "open": bool(own[[REPRODUCED, AGREES, DIFFERS]].any()),
            }
        )
    overall = counts.loc["all"]
    return web.page(
        "scorecard.html.j2",
        language=language,
        simulated=Origin.parse(origin).simulated,
        note=Origin.parse(origin).note,
        title=f"{'与论文数值对照：' if language == 'zh' else 'Scorecard: '}{title[language]}",
        paper=frame["paper"].iloc[0],
        tables=tables,
        total=int(overall[list(STATUSES)].sum()),
        tally=[(status, int(overall[status])) for status in STATUSES],
        words=(int(overall["same_words"]), int(overall["words"])),
        names={status: text[language] for status, text in STATUSES.items()},
        meanings={status: text[language] for status, text in MEANINGS.items()},
    )
