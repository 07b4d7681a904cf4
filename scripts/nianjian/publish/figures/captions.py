"""The words beside a figure: its title, its note, and a description for those who do not see it.

The description is made from the points of the figure and from the words of the drawn page, so that it says what the picture
shows and no more: what kind of chart, of what, over which years, its main values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.declarations import references
from nianjian.kinds.context import PublishContext
from nianjian.publish.figures.canvas import number
from nianjian.publish.origin import Origin
from nianjian.text import BLANK, Text, has_han, word

MANY = 60
"""Points of a series beyond which their range is told, not their course."""
ALL = 12
"""Values that are told one by one; of more, the largest and the smallest."""
ENDS = 3


@dataclass(frozen=True)
class About:
    """What a kind of figure says of itself beside its points.

    Attributes
    ----------
    chart : what kind of chart it is
    notes : what its marks mean: intervals, bands, lines, how many draws
    words : what series, categories and places without numbers are called; other names are those of the study's labels
    value : side on which the numbers of named places stand
    untold : series that the description leaves out, since others say the same
    panels : what panels are called; left out: the names of their axes
    """

    chart: Text = BLANK
    notes: tuple[Text, ...] = ()
    words: Mapping[str, Text] = field(default_factory=dict)
    value: Literal["x", "y"] = "y"
    untold: frozenset[str] = frozenset()
    panels: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Caption:
    """The words beside a figure in one language."""

    number: str
    title: str
    note: str
    alt: str

    @property
    def markdown(self) -> str:
        """As the file beside the picture holds them."""
        parts = [f"**{self.number}** {self.title}", self.note, f"> {self.alt}"]
        return "\n\n".join(part for part in parts if part) + "\n"


def caption(
    about: About, points: pd.DataFrame, page: Figure, params: Any, context: PublishContext, language: str
) -> Caption:
    """Everything that stands beside a figure.

    Parameters
    ----------
    points : of the schema :data:`nianjian.publish.figures.drawing.POINTS`
    page : the drawn figure, whose axes say what they show
    params : of its declaration: title and notes
    """
    title = Text.of(**params.title.plain())[language]
    own = [] if params.notes is None else [Text.of(**params.notes.plain()).map(references.plain)]
    origin = Origin.parse(context.origin)
    from_what = word("origin.simulated") if origin.simulated else origin.note
    notes = [*own, *about.notes, *([from_what] if from_what else [])]
    note = _sentences([each[language] for each in notes if each], language)
    told = [] if not note else [word("captions.note")[language] + note]
    chart = about.chart or word("captions.figure_of")
    opened = word("captions.opening", chart=chart, title=title)[language]
    mark = [from_what[language]] if origin.simulated and from_what else []
    alt = _sentences([opened, *_told(about, points, page, context, language), *mark], language)
    return Caption(word("captions.number", id=context.name)[language], title, " ".join(told), alt)


def _sentences(parts: list[str], language: str) -> str:
    stop = word("captions.stop")[language]
    ended = [
        part if part[-1:] in ".。!?" else part + stop for part in (each.strip() for each in parts) if part
    ]
    return ("" if has_han(stop) else " ").join(ended)


def _told(
    about: About, points: pd.DataFrame, page: Figure, context: PublishContext, language: str
) -> Iterator[str]:
    """A sentence a series, those of each panel behind the names of its axes."""
    single = points.drop_duplicates("order")
    panels = sorted(single["panel"].unique())
    for panel in panels:
        own = single[single["panel"] == panel]
        head = _head(page, int(panel), len(panels) > 1, language)
        if int(panel) < len(about.panels):
            head = about.panels[int(panel)][language]
        if head:
            yield head
        for series, rows in own.groupby("series", sort=False):
            if series in about.untold:
                continue
            said = "".join(_series(about, rows, context, language))
            if said:
                name = _called(str(series), about, context, language, known_only=True)
                yield word("captions.series", name=name, said=said)[language] if name else said


def _head(page: Figure, panel: int, several: bool, language: str) -> str:
    """What the axes of a panel are called."""
    axes = [each for each in page.axes if each.get_subplotspec() is not None]
    if panel >= len(axes):
        return ""
    own = axes[panel]
    x, y = (" ".join(words.split("\n")) for words in (own.get_xlabel(), own.get_ylabel()))
    key = "captions.axes" if x and y else "captions.axis" if x or y else ""
    if not key:
        return ""
    said = word(key, x=x, y=y, name=x or y)[language]
    return word("captions.panel", letter=chr(ord("A") + panel), said=said)[language] if several else said


def _called(
    name: str, about: About, context: PublishContext, language: str, *, known_only: bool = False
) -> str:
    if name in about.words:
        return about.words[name][language]
    if context.facts is not None and name in context.facts.labels:
        return context.facts.labels[name].text[language]
    return "" if known_only else name


def _series(about: About, rows: pd.DataFrame, context: PublishContext, language: str) -> Iterator[str]:
    """What one series shows."""
    named = rows["x_word"].notna().all()
    numbers = rows["x" if about.value == "x" and rows["x"].notna().any() else "y"].to_numpy(dtype=float)
    if rows["word"].notna().any() and not np.isfinite(numbers).any():
        yield _counts(rows["word"], about, context, language)
        return
    if rows["word"].notna().any() and len(rows) > 1 and not rows["x_word"].notna().any():
        pairs = zip(rows["word"], numbers, strict=True)
        yield _listed([(_called(str(w), about, context, language), v) for w, v in pairs], language)
        return
    finite = rows[np.isfinite(numbers)]
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return
    if len(numbers) == 1:
        yield told_number(numbers[0])
    elif named and len(numbers) <= MANY:
        names = [_called(str(each), about, context, language) for each in finite["x_word"]]
        yield _listed(list(zip(names, numbers, strict=True)), language)
    elif named or len(numbers) > MANY or not _is_course(finite["x"]):
        low, high = numbers.min(), numbers.max()
        said = {"count": len(numbers), "low": told_number(low), "high": told_number(high)}
        yield word("captions.range", **said)[language]
    else:
        yield _course(finite["x"].to_numpy(dtype=float), numbers, language)
    yield _intervals(finite, language)


def _is_course(x: pd.Series) -> bool:
    return bool(x.notna().all() and x.is_monotonic_increasing)


def _course(x: np.ndarray, y: np.ndarray, language: str) -> str:
    low, high = int(np.argmin(y)), int(np.argmax(y))
    ends = {"first": y[0], "last": y[-1], "low": y[low], "high": y[high]}
    places = {"at_first": x[0], "at_last": x[-1], "at_low": x[low], "at_high": x[high]}
    said = {name: told_number(float(value)) for name, value in {**ends, **places}.items()}
    return word("captions.course", **said)[language]


def _listed(pairs: list[tuple[str, float]], language: str) -> str:
    comma = word("punctuation.comma")[language]

    def listing(some: list[tuple[str, float]]) -> str:
        return comma.join(f"{name} {told_number(value)}" for name, value in some)

    pairs = [(name, value) for name, value in pairs if math.isfinite(value)]
    if len(pairs) <= ALL:
        return listing(pairs)
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    return word(
        "captions.ends", count=len(pairs), highest=listing(ordered[:ENDS]), lowest=listing(ordered[-ENDS:])
    )[language]


def _counts(words: pd.Series, about: About, context: PublishContext, language: str) -> str:
    counts = words.value_counts(sort=True)
    comma = word("punctuation.comma")[language]
    said = comma.join(
        f"{_called(str(name), about, context, language)} {count}" for name, count in counts.items()
    )
    return word("captions.counts", said=said)[language]


def _intervals(rows: pd.DataFrame, language: str) -> str:
    low, high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
    there = np.isfinite(low) & np.isfinite(high)
    if not there.any() or (not (low[there] < 0).any() and not (high[there] < 0).any()):
        return ""
    without = int(((low > 0) | (high < 0))[there].sum())
    return word("captions.intervals", count=int(there.sum()), without=without)[language]


def told_number(value: float) -> str:
    """A number to be read aloud: years whole, others to three or four digits."""
    if not math.isfinite(value):
        return "–"
    if value == round(value) and abs(value) < 1e6:
        return number(value, 0)
    digits = max(0, 3 - 1 - math.floor(math.log10(abs(value)))) if value else 0
    return number(value, min(digits, 6))
