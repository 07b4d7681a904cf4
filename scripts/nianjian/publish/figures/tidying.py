"""Words of a figure find their place: long names of axes are broken, ticks that would touch are turned or thinned, and labels
beside the data stand where nothing is drawn.

What is done follows from measuring the page (:mod:`nianjian.publish.figures.measuring`), so a kind of figure need not know
how long its words are in a language.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import NullFormatter
from matplotlib.transforms import Bbox, ScaledTranslation

from nianjian.language import has_han
from nianjian.publish.figures import measuring

ROUNDS = 8
"""How often a page is laid out again for its words."""
GAP = 1.5
"""Points that must stay between the words of neighbouring ticks."""
LINES_AT_MOST = 3
HANDLES = "nianjian_handles"
"""Attribute of a legend with what it was made from."""
BRACKET = 3
"""Letters by which a line may be longer or shorter so that a bracket opens the next."""
SMALLEST = 4.5
"""Points of the smallest letters."""
ROOM = 1.0
"""Points between a legend and what stands above it."""
TURNED, UPRIGHT = 35.0, 90.0
"""Degrees by which words under an axis are turned that find no room otherwise."""
PLACES = ((0, 5), (0, -11), (5, 2), (-5, 2), (5, -9), (-5, -9), (0, 12), (0, -18))
"""Where a label may stand beside its point, in points from it."""


def tidy(figure: Figure, context: str = "figure") -> None:
    """Lay a figure out until its words neither touch nor leave the page; what is left is logged.

    Parameters
    ----------
    context : what a message in the log opens with
    """
    engine: Any = figure.get_layout_engine()
    for _ in range(ROUNDS):
        if engine is not None:
            engine.execute(figure)
        found = measuring.measure(figure)
        if not _improved(figure, found):
            break
    if engine is not None:
        # Once more, since a layout moves what it is made from; with an engine in place each file would be laid out anew.
        engine.execute(figure)
        figure.set_layout_engine(None)
    for fault in found.faults:
        logging.warning("%s: %s", context, fault)


def _improved(figure: Figure, found: measuring.Measured) -> bool:
    """Whether something was changed."""
    boxes = {id(each.artist): each.box for each in found.written}
    changed = False
    for axes in figure.findobj(Axes):
        for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
            changed |= _break_name(axes, axis, side, boxes)
            changed |= _part_ticks(axis, side, boxes)
        changed |= _break_titles(axes, boxes)
        changed |= _fit_legend(axes, boxes)
    return changed


def _length(box: Bbox, side: int) -> float:
    return float(box.height if side else box.width)


def _inches(axes: Axes, side: int) -> float:
    """Points that an axis is long."""
    figure: Any = axes.get_figure(root=True)
    return _length(axes.get_window_extent(), side) * 72 / float(figure.dpi)


def _break_name(axes: Axes, axis: Axis, side: int, boxes: dict[int, Bbox]) -> bool:
    label = axis.label
    box = boxes.get(id(label))
    if box is None or _length(box, side) <= _inches(axes, side) * 1.02:
        return False
    return _break(label) or _smaller([label])


def _break_titles(axes: Axes, boxes: dict[int, Bbox]) -> bool:
    changed = False
    for title in (axes.title, axes._left_title, axes._right_title):  # type: ignore[attr-defined]
        box = boxes.get(id(title))
        figure: Any = axes.get_figure(root=True)
        if box is not None and (box.x0 < 0 or box.x1 > 72 * figure.get_figwidth()):
            changed |= _break(title)
    return changed


def _fit_legend(axes: Axes, boxes: dict[int, Bbox]) -> bool:
    """A legend below the axes keeps within the page, by fewer columns, and clear of what stands there already."""
    legend = axes.get_legend()
    if legend is None:
        return False
    figure: Any = axes.get_figure(root=True)
    own = [boxes[id(text)] for text in legend.get_texts() if id(text) in boxes]
    if not own:
        return False
    columns = int(legend._ncols)  # type: ignore[attr-defined]
    width = 72 * figure.get_figwidth()
    if columns > 1 and (max(box.x1 for box in own) > width or min(box.x0 for box in own) < 0):
        handles = getattr(legend, HANDLES, legend.legend_handles)
        place = legend.get_bbox_to_anchor()._transform  # type: ignore[attr-defined]
        made = axes.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            bbox_transform=place,
            ncols=columns - 1,
        )
        setattr(made, HANDLES, handles)
        return True
    names = [axes.xaxis.label, *(tick.label1 for tick in axes.xaxis.get_major_ticks())]
    under = [boxes[id(each)].y0 for each in names if id(each) in boxes]
    top, low = max(box.y1 for box in own), min(under, default=np.inf)
    middle = axes.get_window_extent().y0 * 72 / figure.dpi
    if top <= low - ROOM or top > middle:
        return False
    anchor = legend.get_bbox_to_anchor()
    moved = (top - low + ROOM + 2) / 72
    shift = ScaledTranslation(0, -moved, figure.dpi_scale_trans)
    legend.set_bbox_to_anchor((0.5, 0.0), transform=anchor._transform + shift)  # type: ignore[attr-defined]
    return True


def _break(text: Any) -> bool:
    """Give words one line more; False if they cannot be broken."""
    words = text.get_text()
    lines = words.count("\n") + 1
    broken = broken_in(words.replace("\n", "" if has_han(words) else " "), lines + 1)
    if lines >= LINES_AT_MOST or broken == words:
        return False
    text.set_text(broken)
    return True


def broken_in(words: str, lines: int) -> str:
    """Words on so many lines of about the same length, broken between words or Chinese characters."""
    places = [
        i
        for i in range(1, len(words))
        if words[i - 1] == " "
        or (
            has_han(words[i])
            and has_han(words[i - 1])
            and words[i] not in "，。）、："
            and words[i - 1] != "（"
        )
        or words[i] == "（"
    ]
    chosen: list[int] = []
    for number in range(1, lines):
        left = [place for place in places if place > (chosen[-1] if chosen else 0)]
        if not left:
            break
        aim = number * len(words) / lines
        # A bracket opens a line, if it stands near enough.
        chosen.append(min(left, key=lambda place: abs(place - aim) - BRACKET * (words[place] in "（(")))
    ends = [0, *chosen, len(words)]
    return "\n".join(words[a:b].strip() for a, b in pairwise(ends))


def _part_ticks(axis: Axis, side: int, boxes: dict[int, Bbox]) -> bool:
    """Words of ticks that touch: numbers are thinned, words broken, then turned."""
    shown = [tick.label1 for tick in axis.get_major_ticks() if id(tick.label1) in boxes]
    shown.sort(key=lambda label: boxes[id(label)].y0 if side else boxes[id(label)].x0)
    # Only ticks that stand one behind another along the axis can touch.
    close = any(
        _near(boxes[id(one)], boxes[id(other)], side) and measuring.touch(one, other)
        for one, other in pairwise(shown)
    )
    if not close or isinstance(axis.get_major_formatter(), NullFormatter):
        return False
    words = [label.get_text() for label in shown]
    if all(_is_number(each) for each in words):
        kept = axis.get_majorticklocs()[::-1][::2][::-1]
        at = dict(
            zip(axis.get_majorticklocs(), (t.label1.get_text() for t in axis.get_major_ticks()), strict=False)
        )
        axis.set_ticks(kept, [at[place] for place in kept])
        return True
    if side == 1:
        return _smaller(shown)
    if shown[0].get_rotation() == 0:
        broken = [_break(label) for label in shown if " " in label.get_text() or has_han(label.get_text())]
        if any(broken):
            places = axis.get_majorticklocs()
            axis.set_ticks(places, [tick.label1.get_text() for tick in axis.get_major_ticks()])
            return True
        _turn(axis, TURNED)
        return True
    if shown[0].get_rotation() < UPRIGHT:
        _turn(axis, UPRIGHT)
        return True
    return _smaller(shown)


def _turn(axis: Axis, degrees: float) -> None:
    """Words of ticks that end at their tick."""
    upright = degrees == UPRIGHT
    axis.set_tick_params(rotation=degrees)
    for tick in axis.get_major_ticks():
        tick.label1.set_horizontalalignment("right")
        tick.label1.set_verticalalignment("center" if upright else "top")
        tick.label1.set_rotation_mode("anchor")


def _smaller(labels: Sequence[Any]) -> bool:
    size = labels[0].get_fontsize()
    if size <= SMALLEST:
        return False
    for label in labels:
        label.set_fontsize(size - 0.5)
    return True


def _near(one: Bbox, other: Bbox, side: int) -> bool:
    along = (other.y0 - one.y1) if side else (other.x0 - one.x1)
    across = (
        min(one.x1, other.x1) - max(one.x0, other.x0)
        if side
        else min(one.y1, other.y1) - max(one.y0, other.y0)
    )
    return bool(along < (0 if side else GAP) and across > 0)


def _is_number(words: str) -> bool:
    return bool(words) and all(letter.isdigit() or letter in ".,%\N{MINUS SIGN}-" for letter in words)


def place_beside(note: Annotation, places: Sequence[tuple[float, float]] = PLACES) -> None:
    """Move a label to where the least is drawn beside its point.

    Parameters
    ----------
    note : an annotation with ``textcoords="offset points"``
    places : offsets to try, in points; of equal ones the first
    """
    figure: Any = note.get_figure(root=True)
    axes: Any = note.axes
    dots = measuring.ink(figure)
    within = axes.get_window_extent().get_points() * 72 / figure.dpi
    best: tuple[float, tuple[float, float]] | None = None
    for place in places:
        note.set_position(place)
        note.set_horizontalalignment("left" if place[0] > 0 else "right" if place[0] < 0 else "center")
        box = Bbox(note.get_window_extent(figure.canvas.get_renderer()).get_points() * 72 / figure.dpi)
        out = max(
            within[0][0] - box.x0, box.x1 - within[1][0], within[0][1] - box.y0, box.y1 - within[1][1], 0.0
        )
        covered = measuring.share(dots, box, figure) + (1.0 + out if out > 0 else 0.0)
        if best is None or covered < best[0] - 1e-9:
            best = covered, place
    if best is not None:
        note.set_position(best[1])
        note.set_horizontalalignment("left" if best[1][0] > 0 else "right" if best[1][0] < 0 else "center")
