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
from nianjian.publish import declared, web
from nianjian.publish.declared import Declaration
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

NOT_DECLARED = Text("the study declares no table for it", "研究声明中没有对应的表")
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
    ("cons", "Cons", "constant", "Constant"), declared.CONSTANT
)
_WORDS = {"positive": "+", "negative": "-", "正": "+", "负": "-", MINUS: "-", "控制": "yes", "是": "yes", "否": "no"}


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
    interval : our 95 % confidence interval; ``None`` for numbers that are no estimates (N, means, standard errors)
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


def _word(text: str) -> str:
    plain = text.strip().lower()
    return _WORDS.get(plain, plain)


class _Ours:
    """Records of our tables, found by the names that the paper uses."""

    def __init__(self, ours: pd.DataFrame, paper: str, tables: Mapping[str, Declaration]) -> None:
        self._tables: dict[str, list[tuple[str, Declaration, pd.DataFrame]]] = {}
        for name, declaration in tables.items():
            printed = declaration.get("published")
            if not printed:
                continue
            study, _, number = str(printed).partition("/")
            if not number:
                raise DeclarationError(f"tables.{name}.published: {printed!r}; expected like 'S1/3'")
            if study == paper:
                own = ours[ours["table"] == name]
                if own.empty:
                    raise InputError(f"tables.{name}: the table was not among the inputs; make it first")
                self._tables.setdefault(number, []).append((name, declaration, own))

    def check_names(self, published: pd.DataFrame) -> None:
        """Printed names that a declaration maps must stand in the paper."""
        for number, tables in self._tables.items():
            printed = published[published["table"] == number]
            if printed.empty:
                raise DeclarationError(
                    f"tables.{tables[0][0]}.published: the paper has no table {number}"
                    f"{declared.suggestion(number, sorted(set(published['table'])))}"
                )
            for name, declaration, _ in tables:
                for key, column in (("published_rows", "row"), ("published_columns", "column")):
                    known = set(printed[column]) | set(printed["panel"] + " | " + printed["column"])
                    for own in declaration.get(key) or {}:
                        if str(own) not in known:
                            raise DeclarationError(
                                f"tables.{name}.{key}: the paper's table {number} has no {column} {own!r}"
                                f"{declared.suggestion(str(own), sorted(set(printed[column])))}"
                            )

    def find(self, number: Mapping[str, str]) -> tuple[dict[str, str] | None, Text]:
        """Our record for a published one, or why there is none."""
        if number["table"] not in self._tables:
            return None, PROSE if number["table"] == "text" else NOT_DECLARED
        reason = NO_COLUMN
        for _, declaration, own in self._tables[number["table"]]:
            record, why = _find(number, declaration, own)
            if record is not None:
                return record, why
            # Of several tables the one that came closest says why.
            reason = max(reason, why, key=[NO_COLUMN, NO_ROW, NO_STATISTIC].index)
        return None, reason


def _find(
    number: Mapping[str, str], declaration: Declaration, own: pd.DataFrame
) -> tuple[dict[str, str] | None, Text]:
    if declaration.get("kind", "regression") == "regression":
        names = declaration.get("published_columns") or {}
        column = names.get(f"{number['panel']} | {number['column']}", names.get(number["column"], number["column"]))
        own = own[(own["column"] == column) | ((own["spec"] == column) & (column != ""))]
        if own.empty:
            return None, NO_COLUMN
    rows = declaration.get("published_rows") or {}
    row = str(rows.get(number["row"], number["row"]))
    wanted = own[own["row"] == row]
    if wanted.empty:
        # A paper calls an indicator by its label, which stands last among the labels of our row.
        wanted = own[own["label"].str.split(" / ").str[-1] == row]
    if wanted.empty:
        wanted = own[own["row"] == _ROWS.get(row, row)]
    if wanted.empty:
        return None, NO_ROW
    wanted = wanted[wanted["statistic"] == number["statistic"]]
    return (None, NO_STATISTIC) if wanted.empty else (wanted.iloc[0].to_dict(), NO_STATISTIC)


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
    printed = published[published["study"] == paper].reset_index(drop=True)
    if printed.empty:
        raise InputError(f"{study}: config/published has no numbers of paper {paper!r}")
    mine = _Ours(ours, paper, tables)
    mine.check_names(printed)
    mark = Origin.parse(origin).mark
    rows = []
    for order, number in enumerate(printed.to_dict("records")):
        record, why = mine.find(number)
        row = {
            "study": study,
            "paper": paper,
            **{key: number[key] for key in ("table", "panel", "column", "row", "statistic")},
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
            elif _NUMBER.fullmatch(number["value"]) and not _is_word(record["value"]):
                low, high = record["conf_low"], record["conf_high"]
                interval = (float(low), float(high)) if low and high else None
                # Prose often leaves stars out; that it prints none there says nothing.
                stars = None if number["table"] == "text" and not number["stars"] else number["stars"]
                value = float(record["value"])
                judged = compare(number["value"], stars, value, record["stars"], interval)
                reasons = judged.reasons
                row |= {
                    "ours": value,
                    "our_stars": record["stars"],
                    "our_conf_low": interval[0] if interval else None,
                    "our_conf_high": interval[1] if interval else None,
                    "same_sign": judged.same_sign,
                    "same_significance": judged.same_significance,
                    "within_interval": judged.within_interval,
                    "difference": judged.difference,
                    "relative_difference": judged.relative_difference,
                    "status": judged.status,
                }
            else:
                row["ours_text"] = record["value"]
                same = _word(number["value"]) in (_word(record["value"]), _word(record["printed"]))
                row["status"], reasons = (REPRODUCED, ()) if same else (DIFFERS, (OTHER_WORD,))
        row["reason"] = "; ".join(reason.en for reason in reasons)
        row["reason_zh"] = "；".join(reason.zh for reason in reasons)
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(SCORECARD))
    for name, kind in SCORECARD.items():
        frame[name] = frame[name].astype({"bool": "boolean", "float64": "float64", "int32": "int32"}.get(kind, "str"))
    return frame


def _is_word(value: str) -> bool:
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return True


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Count statuses by printed table, in printed order, with a last row for all."""
    order = frame.groupby("table", sort=False)["order"].min().sort_values().index
    counts = pd.crosstab(frame["table"], frame["status"]).reindex(index=order, columns=list(STATUSES), fill_value=0)
    return pd.concat([counts, counts.sum().to_frame("all").T])


def to_csv(frame: pd.DataFrame) -> bytes:
    """The scorecard in printed order, readable by Excel on Chinese Windows."""
    ordered = frame.sort_values("order", kind="stable").drop(columns="order")
    return ordered.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _shown(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:.{digits}f}".replace("-", MINUS)


def page(frame: pd.DataFrame, language: Language, *, title: Text, origin: str, titles: Mapping[str, Text]) -> str:
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
            numeric = _NUMBER.fullmatch(row["published"]) is not None
            digits = decimals(row["published"]) if numeric else 0
            interval = (_shown(row["our_conf_low"], digits), _shown(row["our_conf_high"], digits))
            relative = row["relative_difference"]
            rows.append(
                {
                    **{key: row[key] for key in ("panel", "column", "row", "statistic")},
                    "published": row["published"].replace("-", MINUS) if numeric else row["published"],
                    "published_stars": row["published_stars"],
                    # One digit more than print: equal roundings are visible as such.
                    "ours": _shown(row["ours"], digits + 1 if digits else 0) or row["ours_text"],
                    "our_stars": row["our_stars"],
                    "interval": f"[{interval[0]}, {interval[1]}]" if all(interval) else "",
                    "relative": "" if pd.isna(relative) else f"{100 * relative:+.1f}%".replace("-", MINUS),
                    "status": row["status"],
                    "label": STATUSES[row["status"]][language],
                    "reason": row[reason],
                }
            )
        tally = [(status, int(counts.at[number, status])) for status in STATUSES]
        tables.append(
            {
                "number": number,
                "title": titles[number][language] if number in titles else "",
                "rows": rows,
                "tally": tally,
                "total": len(rows),
                "open": any(status != NOT_AVAILABLE and count for status, count in tally),
            }
        )
    return web.page(
        "scorecard.html.j2",
        language=language,
        simulated=Origin.parse(origin).simulated,
        note=Origin.parse(origin).note,
        title=f"{title[language]}：与论文数值对照" if language == "zh" else f"{title[language]}: scorecard",
        paper=frame["paper"].iloc[0],
        tables=tables,
        total=len(frame),
        tally=[(status, int(counts.at["all", status])) for status in STATUSES],
        names={status: text[language] for status, text in STATUSES.items()},
        meanings={status: text[language] for status, text in MEANINGS.items()},
    )
