"""The items that there are: what ``nianjian items`` prints, and the page ``docs/reference/items.md``.

``python -m nianjian.launcher.items`` writes the page.
"""

from __future__ import annotations

import difflib
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.items import Item
from nianjian.kinds.registry import kinds
from nianjian.plan.reading import read_sources

PAGE = CONFIG.parent / "docs" / "reference" / "items.md"
ABOUT = """# Items

Written by `make docs` from `config/items.yaml`; not by hand.

{count} quantities that the yearbooks or compiled panels print. A variable of a study is an item's id, or a formula of ids:
`lngdp: ln(gdp_pc)`. `{{id}}__districts` is the number of the city's districts (市辖区) where both scopes are printed. Years are
data years (the edition's year less one) of the yearbook: those in which the tables of editions 2004 to 2024 print it, or, for
what only earlier ones print, what its spellings are declared for; an empty cell says that it is not declared. `nianjian items
二氧化硫` searches, and says how many cities the panel at hand has.
"""
SCOPES = {"city": "全市", "districts": "市辖区"}
_SECTION = re.compile(r"^# -- (.+?) -+$|^([a-z][a-z0-9_]*):", re.MULTILINE)

Span = tuple[int | None, int | None]


@dataclass(frozen=True)
class Listed:
    """An item as it is listed.

    Attributes
    ----------
    spans : first and last data years of print; None for open
    panels : compiled panels that are declared to hold it
    """

    name: str
    item: Item
    section: str
    spans: tuple[Span, ...]
    panels: tuple[str, ...]

    @property
    def years(self) -> str:
        """``2003–2016, 2019–2023``."""
        return ", ".join(_span(*span) for span in self.spans)

    @property
    def words(self) -> str:
        """All by which it may be looked for."""
        spelled = [header if isinstance(header, str) else header.text for header in self.item.headers]
        flat = [text for each in spelled for text in ([each] if isinstance(each, str) else each)]
        return plain(" ".join([self.name, self.item.zh, self.item.en, *flat]))


def plain(text: str) -> str:
    """Text as it is compared: full-width characters and capitals do not count."""
    return unicodedata.normalize("NFKC", text).lower()


def _span(first: int | None, last: int | None) -> str:
    return str(first) if first == last else f"{first or ''}–{last or ''}"


def spans(years: Iterable[int]) -> tuple[Span, ...]:
    """Runs of years."""
    found: list[tuple[int, int]] = []
    for year in sorted(set(years)):
        if found and year == found[-1][1] + 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return tuple(found)


def years_of(years: Iterable[int]) -> str:
    """Years as runs: ``2003–2016, 2019``."""
    return ", ".join(_span(*span) for span in spans(years))


def listed(layers: Layers) -> list[Listed]:
    """All items, in the order of the dictionary."""
    sections, panels, layouts = _sections(layers), _panels(layers), _layouts()
    return [
        Listed(
            name,
            item,
            sections.get(name, ""),
            spans(layouts[name]) if name in layouts else _declared(item),
            tuple(panels.get(name, ())),
        )
        for name, item in read_items(layers).items()
    ]


def _declared(item: Item) -> tuple[Span, ...]:
    """Years that the item or all of its spellings say."""
    if item.printed is not None:
        return ((item.printed[0], item.printed[1]),)
    held = [header.years if not isinstance(header, str) else None for header in item.headers]
    limited = [years for years in held if years is not None]
    if not held or len(limited) < len(held):
        return ()
    firsts, lasts = [years[0] for years in limited], [years[1] for years in limited]
    # Spellings hold in editions, which print the data of the year before.
    known = [[year - 1 for year in ends if year is not None] for ends in (firsts, lasts)]
    return ((None if None in firsts else min(known[0]), None if None in lasts else max(known[1])),)


def _sections(layers: Layers) -> dict[str, str]:
    """Heads of the dictionary's comments, by item."""
    found: dict[str, str] = {}
    for path in layers.all("items.yaml"):
        head = "" if path.is_relative_to(CONFIG) else "your own"
        for match in _SECTION.finditer(path.read_text(encoding="utf-8-sig")):
            head = match[1] or head
            if match[2]:
                found.setdefault(match[2], head)
    return found


def _panels(layers: Layers) -> dict[str, list[str]]:
    """Sources other than the yearbook that hold an item, but for those that stand for the simulated books."""
    found: dict[str, list[str]] = {}
    for name, source in read_sources(layers, kinds(layers.kinds)).items():
        values = source.kind.option("values", None)
        if values is None or getattr(source.params, "books", "real") == "simulated":
            continue
        for own in values(source.params).values():
            item = own["item"] if isinstance(own, Mapping) else own.item
            if name not in found.setdefault(item, []):
                found[item].append(name)
    return found


@cache
def _layouts() -> dict[str, set[int]]:
    """Data years in which the tables of the editions print an item, as the simulated books have them after the real ones."""
    from nianjian.simulate import CONFIG as own
    from nianjian.simulate import FOLDER, checks, layouts

    process, tables = checks.check(own / FOLDER.name)
    found: dict[str, set[int]] = {}
    for item, _, year in layouts.printed(tables, process.covers):
        found.setdefault(item, set()).add(year)
    return found


def search(items: Iterable[Listed], word: str) -> list[Listed]:
    """Items that a word fits, those whose name or label is the word first; what is near it if it fits none."""
    items, asked = list(items), plain(word)
    fits = [own for own in items if all(part in own.words for part in asked.split())]
    if not fits:
        names = {plain(name): own for own in items for name in (own.name, own.item.zh, own.item.en)}
        fits = [names[near] for near in difflib.get_close_matches(asked, names, n=5, cutoff=0.6)]
        return list({own.name: own for own in fits}.values())
    exact = {plain(word)}
    return sorted(fits, key=lambda own: not exact & {own.name, plain(own.item.zh), plain(own.item.en)})


# -- the page


def page(layers: Layers | None = None) -> str:
    """Text of ``docs/reference/items.md``."""
    found = listed(layers or Layers())
    lines, section = [ABOUT.format(count=f"{len(found):,}").rstrip("\n")], None
    for own in found:
        if own.section != section:
            section = own.section
            lines += ["", f"## {section[:1].upper()}{section[1:]}", "", *_head()]
        lines.append(_row(own))
    return "\n".join(lines) + "\n"


def _head() -> Iterator[str]:
    yield "| id | 中文 | English | unit | kind | scopes | years | |"
    yield "|---|---|---|---|---|---|---|---|"


def _row(own: Listed) -> str:
    item = own.item
    more = [*([f"panels: {', '.join(own.panels)}."] if own.panels else []), item.notes or ""]
    more += [f"From {each.year}: {each.what.plain()['en']}." for each in item.breaks]
    cells = [
        f"`{own.name}`",
        item.zh,
        item.en,
        f"`{item.unit}`",
        item.kind,
        ", ".join(SCOPES[scope] for scope in item.scopes),
        own.years,
        " ".join(" ".join(more).split()),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write() -> Path:
    """Write the page; returns its path."""
    PAGE.write_text(page(), encoding="utf8")
    return PAGE


if __name__ == "__main__":
    sys.stdout.write(f"{write()}\n")
