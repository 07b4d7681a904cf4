"""Draw docs/images/architecture.svg from the imports of scripts/nianjian: packages as boxes in layers, imports as arrows.

An arrow points from the package that imports to the one that is imported, which lies below; a dotted one stands for what
is imported only when a function runs, since heavy packages may not load with the Snakefile. What every package uses stands
in one box without arrows. ``python docs/draw_architecture.py`` writes the picture.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "scripts" / "nianjian"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
SPLIT = ("kinds", "declarations", "publish", "simulate")
"""Packages whose own packages have boxes of their own."""
GROUND = "ground"
"""Modules that import nothing but each other, and that nearly all use: one box."""
TRIED = 24
"""Rounds in which boxes look for the place from which their arrows are shortest."""

DARK = {"linewidth": 0.9, "color": "#5d6d7e", "zorder": 3}
FAINT = {"linewidth": 0.5, "color": "#c5ccd3", "zorder": 1}
DEFERRED = {"linewidth": 0.7, "color": "#b9770e", "linestyle": ":", "zorder": 2}
"""Arrows: that say something new, that only repeat what others say, of what functions import."""

KINDS, OTHERS = "#e3f4e8", "#eaf2f8"
"""Colours of boxes."""

Graph = dict[str, set[str]]


def box_of(module: str) -> str:
    """The box of a module, ``publish.figures.canvas`` below ``nianjian``."""
    parts = module.split(".")
    inner = ".".join(parts[:2])
    if len(parts) > 1 and parts[0] in SPLIT and (PACKAGE / parts[0] / parts[1]).is_dir():
        return inner
    return parts[0]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Modules of the package that a file imports in earnest, below ``nianjian``, and whether within a function."""
    todo: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text(encoding="utf8")), False)]
    while todo:
        node, within = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            todo += [(each, within) for each in node.orelse]
            continue
        within = within or isinstance(node, ast.FunctionDef)
        todo += [(each, within) for each in ast.iter_child_nodes(node)]
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nianjian":
            base = (node.module or "").removeprefix("nianjian").removeprefix(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}" if base else alias.name
                stem = PACKAGE.joinpath(*whole.split("."))
                there = stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()
                yield (whole if there or not base else base), within


@dataclass(frozen=True)
class Imports:
    """What imports what.

    Attributes
    ----------
    direct : box to the boxes that it imports when it is imported itself
    deferred : those that only its functions import
    ground : modules of the box that all use
    """

    direct: Graph
    deferred: Graph
    ground: list[str]

    @property
    def arrows(self) -> list[tuple[str, str, bool]]:
        """(from, to, whether deferred) of every arrow."""
        both = ((self.direct, False), (self.deferred, True))
        return sorted((name, each, late) for own, late in both for name in own for each in own[name])


def read() -> Imports:
    """The imports of the whole package."""
    found: dict[str, dict[str, bool]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if module in ("__init__", "assumptions") or module.endswith("__main__"):
            continue
        own = found.setdefault(box_of(module), {})
        for each, late in imports(path):
            own[box_of(each)] = own.get(box_of(each), True) and late
    used = {each for name, own in found.items() for each in own if each != name}
    ground = [name for name in found if (PACKAGE / f"{name}.py").is_file() and name in used]
    while True:  # a module that imports a package is none of the ground
        kept = [name for name in ground if set(found[name]) <= {*ground}]
        if kept == ground:
            break
        ground = kept

    def part(deferred: bool) -> Graph:
        return {
            name: {each for each, late in own.items() if late == deferred and each not in (name, *ground)}
            for name, own in found.items()
            if name not in ground
        }

    return Imports(part(False), part(True), sorted(ground))


def knots(boxes: Graph) -> list[set[str]]:
    """Boxes that import each other, directly or not, and every other box alone."""

    def reached(start: str) -> set[str]:
        seen, todo = set(), [start]
        while todo:
            for each in boxes[todo.pop()]:
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return seen

    behind = {name: reached(name) for name in boxes}
    found: list[set[str]] = []
    for name in boxes:
        own = {name} | {each for each in behind[name] if name in behind[each]}
        if own not in found:
            found.append(own)
    return found


def levels(boxes: Graph) -> dict[str, int]:
    """The layer of each box, above all that it imports; boxes that import each other share one."""
    together = knots(boxes)
    home = {name: position for position, own in enumerate(together) for name in own}
    found: dict[int, int] = {}

    def level(position: int) -> int:
        if position not in found:
            below = {home[each] for name in together[position] for each in boxes[name]} - {position}
            found[position] = 1 + max((level(each) for each in below), default=0)
        return found[position]

    return {name: level(home[name]) for name in boxes}


def places(boxes: Graph, layers: Mapping[str, int]) -> dict[str, float]:
    """Where a box stands in its layer, near what it imports and what imports it."""
    rows = {level: sorted(name for name in boxes if layers[name] == level) for level in set(layers.values())}
    beside = {name: boxes[name] | {each for each, own in boxes.items() if name in own} for name in boxes}
    at = {name: (i + 0.5) / len(row) for row in rows.values() for i, name in enumerate(row)}
    for _ in range(TRIED):
        for row in rows.values():
            wanted = {
                name: sum(at[each] for each in beside[name]) / max(len(beside[name]), 1) for name in row
            }
            row.sort(key=lambda name: (wanted[name], name))
            at |= {name: (i + 0.5) / len(row) for i, name in enumerate(row)}
    return at


def implied(boxes: Graph, start: str, end: str) -> bool:
    """Whether an arrow only repeats what others say: its end is reached over another box."""
    seen, todo = {start}, [each for each in boxes[start] if each != end]
    while todo:
        name = todo.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            todo += boxes[name]
    return False


def draw(path: Path = PICTURE) -> None:
    """Write the picture."""
    plt.rcParams.update({"svg.hashsalt": "nianjian", "svg.fonttype": "none", "font.family": "sans-serif"})
    found = read()
    layers = levels(found.direct)
    at = places(found.direct, layers)
    figure, axes = plt.subplots(figsize=(13, 9))
    axes.set(xlim=(0, 1), ylim=(-0.35, max(layers.values()) + 0.6))
    axes.axis("off")
    for name, each, late in found.arrows:
        style = DEFERRED if late else FAINT if implied(found.direct, name, each) else DARK
        _arrow(axes, (at[name], layers[name]), (at[each], layers[each]), f"{name}>{each}", style)
    for name in sorted(found.direct):
        colour = KINDS if name.startswith("kinds") else OTHERS
        _box(axes, at[name], layers[name], name.replace(".", "/"), 0.108, colour, f"box:{name}")
    _box(axes, 0.5, 0, "used by all:  " + "  ".join(found.ground), 0.98, "#f2f2f2", "box:" + GROUND)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Title": "Imports of scripts/nianjian"})
    plt.close(figure)
    # Matplotlib leaves blanks at the ends of lines, which no other file here has.
    text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf8").splitlines())
    path.write_text(text + "\n", encoding="utf8")


def _box(axes: Axes, x: float, y: float, text: str, width: float, colour: str, gid: str) -> None:
    patch = FancyBboxPatch(
        (x - width / 2, y - 0.14), width, 0.28,
        boxstyle="round,pad=0,rounding_size=0.012", mutation_aspect=9, facecolor=colour, edgecolor="#34495e", linewidth=0.8,
    )  # fmt: skip
    patch.set_gid(gid)
    axes.add_patch(patch)
    axes.text(x, y, text, ha="center", va="center", fontsize=7.2, zorder=5)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], gid: str, style: Mapping[str, Any]
) -> None:
    """Down from the lower edge of a box to the upper edge of another; within a layer, and upwards, in a bow."""
    down = start[1] > end[1]
    patch = FancyArrowPatch(
        (start[0], start[1] - 0.14 if down else start[1] + 0.14), (end[0], end[1] + (0.14 if down or start[1] == end[1] else -0.14)),
        connectionstyle=f"arc3,rad={0.0 if start[1] != end[1] else -0.25}", arrowstyle="-|>", mutation_scale=8,
        shrinkA=0, shrinkB=0, **style,
    )  # fmt: skip
    patch.set_gid(f"arrow:{gid}")
    axes.add_patch(patch)


if __name__ == "__main__":
    draw()
