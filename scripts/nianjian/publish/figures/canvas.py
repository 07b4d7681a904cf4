"""Pages, fonts, colours and files of figures.

Figures are made without pyplot, so nothing is shared between them, and saved with nothing in the file that
differs from run to run: the same figure gives the same bytes.
"""

from __future__ import annotations

import logging
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from nianjian.errors import DeclarationError
from nianjian.files import replacing
from nianjian.language import width
from nianjian.publish.figures import copying, fonts, vectors
from nianjian.publish.figures.font_choice import SANS, Choice
from nianjian.publish.figures.tidying import HANDLES, broken_in
from nianjian.publish.origin import BANNER, Origin

Width = Literal["single", "double"]
WIDTHS: dict[str, float] = {"single": 84.0, "double": 174.0}
"""One and two columns of a journal page, in mm."""
MM = 1 / 25.4

SIZE, SMALL = 8.0, 7.0
"""Sizes of text in points: labels, and what stands beside the data."""

GROUPS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7F5539"]
"""Okabe and Ito's colours, those that differ most in grey first; a brown for their black, which maps keep for borders."""
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
LINES: list[Any] = [
    "-",
    (0, (5, 1.5)),
    (0, (1.5, 1)),
    (0, (5, 1.5, 1, 1.5)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
]
INK, GRID, ACCENT = "#262626", "#d0d0d0", "#D55E00"
NO_DATA = "#d9d9d9"
"""Where nothing is known."""

LINE = SMALL + 4.0
"""Points of a line at an edge of the page."""
GAP = 30.0
"""Points between the axes and a legend below them, for tick labels and the axis label."""
BAND = 0.18
"""Opacity of a confidence band."""
WHISKERS: dict[str, Any] = {"elinewidth": 0.7, "capsize": 1.5, "capthick": 0.7, "ecolor": INK}
"""How intervals of bars are drawn."""
Array = NDArray[np.float64]


class Said(Protocol):
    """Words beside a figure, see :class:`nianjian.publish.figures.captions.Caption`."""

    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def alt(self) -> str: ...


_METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
_DPI = 300
COARSE = "nianjian_coarse"
"""Attribute of an artist with the path that stands for its own in an SVG."""
_FILES: Any = {
    "pdf.fonttype": 42,
    "pdf.compression": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "nianjian",
    "savefig.dpi": _DPI,
    "path.simplify": False,
}


@contextmanager
def style(language: str, prepared: Sequence[Path] = (), choice: Choice = SANS) -> Iterator[None]:
    """Settings within which a figure is built and saved.

    Parameters
    ----------
    prepared : the fonts of common characters, see :mod:`nianjian.publish.figures.fonts`
    choice : the fonts that these were made from

    Raises
    ------
    DeclarationError
        If the language is unknown or the Chinese font is missing.
    """
    settings: Any = {
        "font.family": fonts.families(language, prepared, choice),
        "font.size": SIZE,
        "axes.labelsize": SIZE,
        "axes.titlesize": SIZE,
        "legend.fontsize": SMALL,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "text.color": INK,
        "text.parse_math": False,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.formatter.use_mathtext": False,
        "axes.formatter.useoffset": False,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.minor.width": 0.4,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.minor.size": 1.5,
        "lines.linewidth": 1.2,
        "lines.markersize": 3.5,
        "patch.linewidth": 0.4,
        "hatch.linewidth": 0.4,
        "legend.frameon": False,
        "legend.handlelength": 2.2,
        "legend.columnspacing": 1.4,
        "legend.borderaxespad": 0.0,
        "figure.facecolor": "white",
        "figure.constrained_layout.w_pad": 0.04,
        "figure.constrained_layout.h_pad": 0.04,
        **_FILES,
    }
    with mpl.rc_context():
        mpl.rcdefaults()  # a researcher's own matplotlibrc must not change the published file
        mpl.rcParams.update(settings)
        yield


def new(width: Width, height_mm: float, **subplots: Any) -> tuple[Figure, Any]:
    """A page and its axes.

    Parameters
    ----------
    width : ``single`` (84 mm) or ``double`` (174 mm)
    height_mm : of the whole figure
    subplots : as ``Figure.subplots`` takes them

    Returns
    -------
    (Figure, Axes or array of Axes)
    """
    figure = Figure(figsize=(WIDTHS[width] * MM, height_mm * MM), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(**subplots)


def mark(figure: Figure, origin: str, title: str = "") -> None:
    """Print on the face of the figure that its data are simulated, if they are, and its title, if it is to stand there.

    The mark stands in all languages, since a figure is copied without its caption.
    """
    if title:
        room = figure.get_figwidth() * 72 / (SIZE + 1) * 1.9
        figure.suptitle(broken_in(title, math.ceil(width(title) / room)), fontsize=SIZE + 1)
    if Origin.parse(origin).simulated and title:
        # Below the page's title the mark has a line of its own.
        reserve(figure, "top")
        look: Any = {"ha": "center", "va": "top", "fontsize": SMALL - 0.5, "color": ACCENT}
        below: Any = {"xycoords": figure._suptitle, "xytext": (0, -1), "textcoords": "offset points"}  # type: ignore[attr-defined]
        figure.add_artist(Annotation(BANNER, (0.5, 0), **below, **look))
    elif Origin.parse(origin).simulated:
        figure.suptitle(BANNER, fontsize=SMALL - 0.5, color=ACCENT)


def reserve(figure: Figure, side: Literal["top", "bottom"]) -> None:
    """Keep a line's height free between the axes and what stands at an edge of the page: its title, its legend."""
    share = LINE / (72 * figure.get_figheight())
    engine: Any = figure.get_layout_engine()
    left, bottom, wide, high = engine.get()["rect"]
    engine.set(rect=(left, bottom + (share if side == "bottom" else 0), wide, high - share))


def save(figure: Figure, path: str | Path, said: Said | None = None) -> None:
    """Write a figure as PDF, SVG or PNG, whole or not at all, the same bytes for the same figure.

    Parameters
    ----------
    said : title and description, which the file holds for those who do not see it

    Raises
    ------
    DeclarationError
        If the format is unknown, or no font has a character of some label.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".")
    if kind not in _METADATA:
        raise DeclarationError(f"{path}: no format '{kind}'; figures are written as {', '.join(_METADATA)}")
    with mpl.rc_context(_FILES), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        try:
            # Layout is settled once: text measures a little differently in each format. Ticks have their labels then.
            settle(figure)
            fonts.convert_rare(figure)
            metadata = {**_METADATA[kind], **(_described(kind, said) if said else {})}
            with replacing(path) as part, coarser(figure) if kind == "svg" else nullcontext():
                if kind == "pdf":
                    copying.save(figure, part, dpi=_DPI, metadata=metadata)
                else:
                    figure.savefig(part, format=kind, dpi=_DPI, metadata=metadata)
                if kind == "svg":
                    part.write_text(
                        vectors.compact(part.read_text(encoding="utf8"), said.alt if said else ""),
                        encoding="utf8",
                    )
        except UserWarning as warning:
            raise DeclarationError(f"{path}: {_no_glyph(str(warning))}") from warning


def _described(kind: str, said: Said) -> dict[str, str]:
    """Title and description under the names that a format has for them."""
    if kind == "pdf":
        return {"Title": said.title, "Subject": said.alt, "Keywords": said.number}
    return {"Title": said.title, "Description": said.alt}


@contextmanager
def coarser(figure: Figure) -> Iterator[None]:
    """With shapes thinned for files whose size is that of their points, see :attr:`COARSE`, and images dot by dot."""
    images = [each for each in figure.findobj(AxesImage) if each.get_interpolation() == "nearest"]
    found: list[Any] = figure.findobj(lambda each: hasattr(each, COARSE))
    swapped = [(artist, artist.get_path()) for artist in found]
    try:
        for artist, _ in swapped:
            artist.set_path(getattr(artist, COARSE))
        for image in images:
            image.set_interpolation("none")
        yield
    finally:
        for image in images:
            image.set_interpolation("nearest")
        for artist, fine in swapped:
            artist.set_path(fine)


def settle(figure: Figure) -> None:
    """Lay the figure out and keep it so."""
    engine = figure.get_layout_engine()
    if engine is not None and engine.adjust_compatible is False:  # constrained
        for _ in range(2):
            engine.execute(figure)
        # With an engine in place, be it one that does nothing, each file would be drawn twice.
        figure.set_layout_engine(None)


def _no_glyph(warning: str) -> str:
    found = re.search(r"Glyph (\d+)", warning)
    character = chr(int(found.group(1))) if found else "?"
    return f"no font of the figure has the character '{character}'; write the label with another one"


def sequential(n: int) -> list[str]:
    """``n`` colours from light to dark, for what has an order: one hue, legible in grey."""
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    scale = mpl.colormaps["YlGnBu"]
    places = np.linspace(0.25, 0.95, n) if n > 1 else [0.75]
    return [mpl.colors.to_hex(scale(place)) for place in places]


def line_style(i: int) -> dict[str, Any]:
    """Colour, marker and dashes of the i-th line."""
    return {
        "color": GROUPS[i % len(GROUPS)],
        "marker": MARKERS[i % len(MARKERS)],
        "linestyle": LINES[(i + i // len(GROUPS)) % len(LINES)],
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
    }


def letter(axes: Iterable[Axes]) -> None:
    """Set (A), (B), ... at the upper left of panels."""
    for i, panel in enumerate(axes):
        panel.set_title(f"({chr(ord('A') + i)})", loc="left")


def legend_below(axes: Axes, handles: Sequence[Any] | None = None) -> Any:
    """A legend under the axes, where it covers nothing, in as many columns as fit.

    Parameters
    ----------
    handles : artists with labels; None: all of the axes
    """
    if handles is None:
        handles = axes.get_legend_handles_labels()[0]
    if not handles:
        return None
    labels = [str(handle.get_label()) for handle in handles]
    figure: Any = axes.get_figure()
    place: Any = axes.get_subplotspec()
    room = figure.get_figwidth() * 72 / place.get_gridspec().ncols * 0.92
    each = max(width(label) for label in labels) * SMALL * 0.56 + 3.6 * SMALL
    ncols = max(1, min(len(labels), int(room // each)))
    ncols = -(-len(labels) // -(-len(labels) // ncols))  # rows of equal length
    below = axes.transAxes + ScaledTranslation(0, -GAP / 72, figure.dpi_scale_trans)
    made = axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        ncols=ncols,
    )
    setattr(made, HANDLES, handles)
    return made


def whiskers(value: Array, low: Array, high: Array) -> Array | None:
    """(2, n) lengths of intervals below and above ``value``; None where there are none."""
    return np.maximum(np.vstack([value - low, high - value]), 0) if np.isfinite(low).all() else None


def years_axis(axes: Axes, years: Sequence[int], *, most: int = 8) -> None:
    """Ticks at every year, words at no more than ``most`` of them, the last among them."""
    years = sorted({int(year) for year in years})
    step = -(-len(years) // most)
    axes.set_xticks(years[::-1][::step][::-1])
    axes.set_xticks(years, minor=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.set_xlim(years[0] - 0.7, years[-1] + 0.7)


def number(value: float, decimals: int) -> str:
    """A number for text on a figure, with a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def dropped(context: str, what: str, count: int) -> None:
    """Log that values are missing from a figure."""
    if count:
        logging.warning("%s: %d values of %s are missing and not drawn", context, count, what)
