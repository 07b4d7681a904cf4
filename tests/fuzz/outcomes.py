"""What came of a mutation: read equal, said, refused by name, a silent change, or a crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EQUAL, SAID, REFUSED, SILENT, CRASH = "read equal", "said", "refused by name", "SILENT CHANGE", "CRASH"
BAD = (SILENT, CRASH)
Key = tuple[str, str]
ANYTHING = object()
"""As the truth of a cell: whatever is read there is right."""


@dataclass
class Mutated:
    """What a mutation did.

    Attributes
    ----------
    files : file below the edition's folder to bytes
    truth : (sheet, cell) to the number that stands there now; None: no number
    more : whether further cells may come
    loose : whether headers and labels may differ
    by_label : whether cells moved: they are compared by label and header, whatever their address
    heard : whether a cell without a number must be listed or named
    free : whether any outcome but a crash is right, since the file itself says other numbers
    folder : other name of the edition's folder
    """

    files: dict[str, bytes]
    truth: dict[Key, Any] = field(default_factory=dict)
    more: bool = False
    loose: bool = False
    by_label: bool = False
    heard: bool = False
    free: bool = False
    folder: str = ""


def numbers(rows: Sequence[Mapping[str, Any]]) -> dict[Key, Mapping[str, Any]]:
    """Rows by sheet and cell."""
    return {(row["sheet"], row["cell"]): row for row in rows}


def classify(
    before: Sequence[Mapping[str, Any]],
    now: Sequence[Mapping[str, Any]],
    reports: Sequence[Mapping[str, Any]],
    mutated: Mutated,
) -> tuple[str, str]:
    """The outcome, and an example of what is wrong."""
    failed = [each for each in reports if each["status"] == "failed"]
    reasons = " ".join(each["reason"] for each in reports)
    if mutated.free:
        return (REFUSED if failed else EQUAL), ""
    if failed and not now:
        named = all(
            each["reason"] and each["file"].split("/")[-1].split(".")[0] in each["reason"] for each in failed
        )
        return (REFUSED, "") if named else (SILENT, f"refused without its name: {failed[0]['reason']}")
    if mutated.by_label:
        return _by_label(before, now, reasons)
    own, read = numbers(before), numbers(now)
    said = bool(failed) or any(each["reason"] and each["status"] == "extracted" for each in reports)
    for key, row in own.items():
        expected = mutated.truth.get(key, row["number"])
        if expected is ANYTHING:
            continue
        found = read.get(key)
        if mutated.heard and key in mutated.truth and found is None and key[1] not in reasons:
            return SILENT, f"{key}: neither listed nor named"
        wrong = _wrong(key, row, found, expected, mutated.loose)
        if not wrong:
            continue
        lost = found is None or found["number"] is None
        if not lost or (found is None and key[1] not in reasons and not _sheet_said(key[0], reports)):
            return SILENT, wrong
        said = True
    extra = [
        key for key in read if key not in own and key not in mutated.truth and read[key]["number"] is not None
    ]
    if extra and not mutated.more:
        return SILENT, f"{extra[0]} came: {read[extra[0]]['number']}"
    return (SAID if said else EQUAL), ""


def _wrong(
    key: Key, row: Mapping[str, Any], found: Mapping[str, Any] | None, expected: float | None, loose: bool
) -> str:
    """What is wrong with a cell; empty if nothing."""
    number = None if found is None else found["number"]
    if not _same(number, expected):
        return f"{key}: {expected} is read as {number} ({'' if found is None else found['raw']!r})"
    if found is None or loose or number is None:
        return ""
    if (found["label"], found["header"]) != (row["label"], row["header"]):
        return f"{key}: {row['label']}, {row['header']} became {found['label']}, {found['header']}"
    return ""


def _same(number: float | None, expected: float | None) -> bool:
    if number is None or expected is None:
        return number is expected
    return abs(number - expected) <= 1e-9 * max(1.0, abs(expected))


def _by_label(
    before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], reasons: str
) -> tuple[str, str]:
    def counted(rows: Sequence[Mapping[str, Any]]) -> Counter[tuple[str, str, float | None]]:
        return Counter((row["label"], row["header"], row["number"]) for row in rows)

    lost, came = counted(before) - counted(now), counted(now) - counted(before)
    if came:
        return SILENT, f"came: {next(iter(came))}"
    if lost:
        return (SAID, "") if reasons else (SILENT, f"lost: {next(iter(lost))}")
    return EQUAL, ""


def _sheet_said(sheet: str, reports: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it is said that a sheet, or a file, was not read."""
    return any(
        each["status"] == "failed"
        or (each["sheet"] == sheet and each["status"] != "extracted" and each["reason"])
        for each in reports
    )
