"""What follows from a number that a paper prints and ours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nianjian.language import BETWEEN_LANGUAGES
from nianjian.text import Text, word

REPRODUCED, AGREES, DIFFERS, NOT_AVAILABLE = "reproduced", "agrees", "differs", "not available"
STATUSES = (REPRODUCED, AGREES, DIFFERS, NOT_AVAILABLE)

LEVELS = {"10%": 1, "5%": 2, "1%": 3}
"""Stars of the levels that papers write in words."""
SAME_WORDS = {
    "positive": "+",
    "negative": "-",
    "正": "+",
    "负": "-",
    "\N{MINUS SIGN}": "-",
    "控制": "yes",
    "是": "yes",
    "否": "no",
}
"""Words of papers, with ours for the same."""


def status_word(status: str) -> Text:
    """What a status is called."""
    return word(f"scorecard.{status.replace(' ', '_')}")


def status_meaning(status: str) -> Text:
    """What a status means."""
    return word(f"scorecard.{status.replace(' ', '_')}_means")


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
        reasons.append(word("scorecard.not_equal"))
    else:
        failed = {"other_sign": sign, "other_significance": significance, "outside": within}
        reasons += [word(f"scorecard.{reason}") for reason, passed in failed.items() if passed is False]
        status = DIFFERS if reasons else AGREES
    if interval is not None:
        reasons += _other_stars(stars, our_stars)
    return Comparison(status, tuple(reasons), sign, significance, within, difference, relative)


def _other_stars(stars: str | None, our_stars: str) -> list[Text]:
    if stars is None or stars == our_stars or "sig." in stars:
        return []
    return [word("scorecard.stars", printed=stars or "–", ours=our_stars or "–")]


def sign(value: float) -> str:
    """``positive``, ``negative`` or ``zero``."""
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def significance(words: str, ours: float, stars: str) -> tuple[Text, ...]:
    """What of the words that a paper has for a number does not hold for ours.

    Parameters
    ----------
    words : as ``n.s.``, ``significant``, ``positive, significant``, ``positive, 1%``
    stars : of our number: one for 10 %, two for 5 %, three for 1 %
    """
    if words == "n.s.":
        return (word("scorecard.other_significance"),) if stars else ()
    level = next((count for text, count in LEVELS.items() if re.search(rf"\b{text}", words)), 1)
    said = next((each for each in ("positive", "negative") if each in words), None)
    holds = {"other_sign": said in (None, sign(ours)), "other_significance": len(stars) >= level}
    return tuple(word(f"scorecard.{reason}") for reason, held in holds.items() if not held)


def same_word(printed: str, ours: str) -> bool:
    """Whether a printed word is ours in any language; ``ours`` has `` / `` between the languages."""
    return _plain(printed) in {_plain(each) for each in (ours, *ours.split(BETWEEN_LANGUAGES))}


def _plain(text: str) -> str:
    plain = text.strip().lower()
    return SAME_WORDS.get(plain, plain)
