"""What follows from a number that a paper prints and ours: one of seven classes, and what more there is to say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nianjian.language import BETWEEN_LANGUAGES
from nianjian.text import Text, word

EQUAL, ROUNDING, WITHIN_1, WITHIN_5 = "equal", "rounding", "within 1 %", "within 5 %"
COMPATIBLE, DIFFERS, NOT_AVAILABLE = "compatible", "differs", "not available"
CLASSES = (EQUAL, ROUNDING, WITHIN_1, WITHIN_5, COMPATIBLE, DIFFERS, NOT_AVAILABLE)
"""From the nearest to the farthest; a number stands in the first that it meets."""
NEAR = (EQUAL, ROUNDING, WITHIN_1, WITHIN_5)
"""Classes of numbers that are within 5 % of print."""
SHARES = ((WITHIN_1, 0.01), (WITHIN_5, 0.05))
"""Classes of numbers that are so near, as a share of the printed one."""

WORD, COUNT, STD_ERROR, MOMENT, FIT = "word", "count", "std_error", "moment", "fit"
COEFFICIENT, TEST, WEIGHT, INEQUALITY, OTHER = "coefficient", "test", "weight", "inequality", "other"
FAMILIES = (COEFFICIENT, STD_ERROR, COUNT, MOMENT, FIT, TEST, WEIGHT, INEQUALITY, OTHER, WORD)
"""What a printed number is; words, which are mostly declared, come last and are counted apart."""
OF_STATISTIC = {
    "coef": COEFFICIENT, "coef_text": COEFFICIENT, "direct_effect": COEFFICIENT, "indirect_effect": COEFFICIENT,
    "se": STD_ERROR,
    "N": COUNT, "draws": COUNT,
    "mean": MOMENT, "sd": MOMENT, "min": MOMENT, "max": MOMENT, "mean 2009-2023": MOMENT,
    "R2": FIT,
    "stat": TEST, "z": TEST, "p_value": TEST, "critical_value_10pct": TEST, "moran_I": TEST, "geary_C": TEST,
    "weight": WEIGHT, "criterion_weight": WEIGHT,
    "contribution_pct": INEQUALITY, "gini_component": INEQUALITY,
}  # fmt: skip
"""Family of what ``statistic`` of ``config/published`` calls a number."""
OF_HOW = {
    "count": COUNT, "distinct": COUNT, "mean": MOMENT, "sd": MOMENT, "min": MOMENT, "max": MOMENT,
}  # fmt: skip
"""Family of a statistic over rows of ours."""
OF_FIELD = {"std_error": STD_ERROR, "statistic": TEST, "p_value": TEST}
"""Family of a field of our estimates."""

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
NUMBER = re.compile(r"[-+]?(\d{1,3}([,\s]\d{3})+|\d+)?(\.\d+)?")
"""A printed number, with or without marks between thousands; .015 needs no zero."""
SLACK = 1 + 1e-9
"""Of the edges of classes: a difference of .0001 is one unit of the last digit though floats make it a little more."""


def class_word(name: str) -> Text:
    """What a class is called."""
    return word(f"scorecard.{_key(name)}")


def class_meaning(name: str) -> Text:
    """What a class means."""
    return word(f"scorecard.{_key(name)}_means")


def _key(name: str) -> str:
    return name.replace(" %", "").replace(" ", "_")


def family_word(name: str) -> Text:
    """What a family is called."""
    return word(f"scorecard.family_{name}")


def number(printed: str) -> float | None:
    """The number that a paper prints, or None of a word.

    Examples
    --------
    >>> number("5 130"), number("\N{MINUS SIGN}.0461"), number("1,234.50"), number("n.s.")
    (5130.0, -0.0461, 1234.5, None)
    """
    text = printed.strip().replace("\N{MINUS SIGN}", "-")
    if not re.search(r"\d", text) or not NUMBER.fullmatch(text):
        return None
    return float(re.sub(r"[,\s]", "", text))


def decimals(printed: str) -> int:
    """Digits after the point of a printed number."""
    return len(printed.strip().partition(".")[2])


def family(statistic: str, *, measure: str = "", how: str = "", field: str = "", spec: str = "") -> str:
    """What a printed number is, one of :data:`FAMILIES` but for words.

    Parameters
    ----------
    statistic : as ``config/published`` calls it
    measure, how, field, spec : columns that name ours
    """
    if statistic in OF_STATISTIC:
        return OF_STATISTIC[statistic]
    if statistic.startswith("n_"):
        return COUNT
    if measure:
        return INEQUALITY
    if how in OF_HOW:
        return OF_HOW[how]
    if spec:
        return OF_FIELD.get(field, COEFFICIENT)
    return OTHER


def class_of(ours: float, printed: str, *, exact: bool = False) -> str | None:
    """How near ours is to a printed number; None if farther than :data:`SHARES` reach.

    Parameters
    ----------
    exact : whether it is a count: one city more is no rounding
    """
    published, unit = _read(printed), 10.0 ** -decimals(printed)
    gap = abs(ours - published)
    if gap <= unit / 2 * SLACK:
        return EQUAL
    if gap <= unit * SLACK and not exact:
        return ROUNDING
    return next((name for name, share in SHARES if gap <= share * abs(published) * SLACK), None)


def _read(printed: str) -> float:
    found = number(printed)
    if found is None:
        raise ValueError(f"{printed!r} is no printed number")
    return found


@dataclass(frozen=True)
class Comparison:
    """What follows from a published number and ours; ``None`` where a question has no meaning."""

    name: str
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
    *,
    exact: bool = False,
) -> Comparison:
    """Compare a published number with ours.

    Parameters
    ----------
    stars : as printed, empty for none; ``None`` where the paper does not tell
    interval : our 95 % confidence interval; ``None`` for what is no estimate (N, means, standard errors)
    exact : whether it is a count
    """
    published = _read(printed)
    difference = ours - published
    relative = difference / abs(published) if published else None
    sign = significance = within = None
    if interval is not None:
        # What is printed as 0.000 may have either sign.
        sign = ours * published > 0 if published else None
        significance = None if stars is None else bool(stars) == bool(our_stars)
        within = interval[0] <= published <= interval[1]
    name = class_of(ours, printed, exact=exact)
    if name is None:
        name = COMPATIBLE if within and sign is not False else DIFFERS
    reasons = _reasons(name, sign, within, significance)
    if interval is not None:
        reasons += _other_stars(stars, our_stars)
    return Comparison(name, tuple(reasons), sign, significance, within, difference, relative)


def _reasons(name: str, sign: bool | None, within: bool | None, significance: bool | None) -> list[Text]:
    """Why a number differs, and whether it would be read otherwise."""
    failed = {"other_significance": significance}
    if name == DIFFERS:
        failed = {"other_sign": sign, "outside": within, **failed}
    return [word(f"scorecard.{reason}") for reason, passed in failed.items() if passed is False]


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
