"""Why cities are out of a sample, in the words of a language: the sample stage writes one line a city, in English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from nianjian.kinds.labels import Label
from nianjian.text import Text, has, said_apart, word

FORMS = {
    r"(?P<number>\d+) gaps are left, first (?P<variable>\w+) (?P<year>\d+)": "gaps",
    r"(?P<variable>\w+) is missing in (?P<number>\d+)% of the years": "lacking",
    r"a city only (?P<span>since|until) (?P<year>\d+)": "span",
    r"coverage (?P<number>[\d.]+) is below (?P<share>[\d.]+)": "coverage",
    r"its numbers are in those of (?P<city>.+), into which it was merged": "merged",
    r"boundary change in (?P<year>\d+): (?P<what>.+)": "moved",
    r"left out: (?P<what>.+)": "declared",
    r"not in config/reference/cities\.csv": "unknown",
}
"""What the sample stage writes, with the message that says it."""


def reason_text(reason: str, labels: Mapping[str, Label], *, own: bool = False) -> Text:
    """A reason in all languages; one that has no form stands as it is.

    Parameters
    ----------
    own : whether the numbers and examples of the single city are said too
    """
    for pattern, key in FORMS.items():
        match = re.fullmatch(pattern, reason)
        if match:
            values: dict[str, object] = dict(match.groupdict())
            name = match.groupdict().get("variable")
            if name is not None:
                values["variable"] = labels[name].text if name in labels else name
            if "what" in values:  # declared, in all languages
                values["what"] = said_apart(match["what"])
            of_one = f"city_reasons.{values.get('span', key)}_own"
            return word(of_one if own and has(of_one) else f"city_reasons.{key}", **values)
    return Text.same(reason)


def city_text(city: str, reason: str) -> Text:
    """A city's name, with the year since or until which it is one where that is the reason."""
    match = re.fullmatch(r"a city only (since|until) (\d+)", reason)
    return word(f"city_reasons.{match[1]}", city=city, year=match[2]) if match else Text.same(city)


def left_out(
    cities: pd.DataFrame, labels: Mapping[str, Label], language: str, called: Sequence[str] | None = None
) -> list[tuple[str, int, str]]:
    """Reasons why cities are out, those of most cities first, with their number and names.

    Parameters
    ----------
    called : what pages call each of the cities; left out, the names that the books print
    """
    if called is not None:
        cities = cities.assign(city_name=list(called))
    dropped, comma = cities[~cities["kept"].astype(bool)], word("punctuation.comma")[language]
    found: dict[str, list[str]] = {}
    for city, reason in zip(dropped["city_name"], dropped["reason"], strict=True):
        found.setdefault(reason_text(reason, labels)[language], []).append(city_text(city, reason)[language])
    told = [(why, len(names), comma.join(names)) for why, names in found.items()]
    return sorted(told, key=lambda each: (-each[1], each[0]))
