"""How gaps are filled: the rule in words, and the neighbours that a filled value was made from."""

from __future__ import annotations

from nianjian.declarations.models.sample import Missing
from nianjian.trace.books import PanelBooks
from nianjian.trace.steps import Step


def rule(missing: Missing) -> str:
    """The study's rule for gaps."""
    words = {
        "linear": "linear between printed years",
        "growth_chain": "continued by printed growth rates",
        "none": "not filled",
    }[missing.method]
    parts = [words, f"of {missing.fill}"]
    if missing.edges != "none":
        parts.append(f"at the edges {missing.edges}")
    if missing.edges_of:
        parts.append(", ".join(f"{name} nearest:{years}" for name, years in missing.edges_of.items()))
    if missing.max_gap:
        parts.append(f"runs of at most {missing.max_gap} years")
    parts += [f"{each.item} continued by {each.growth}" for each in missing.chain]
    return ", ".join(parts)


def gap(books: PanelBooks, missing: Missing, city: int, year: int, item: str, *, cell: bool = True) -> Step:
    """A value that is not printed: the printed years on both sides of it, or the growth rates that continue it."""
    years = books.years(city, item)
    before = max((each for each in years if each < year), default=None)
    after = min((each for each in years if each > year), default=None)
    steps = [_printed(books, city, each, item, cell) for each in (before, after) if each is not None]
    for each in missing.chain:
        if each.item == item and before is not None:
            steps += [
                _printed(books, city, own, each.growth, cell)
                for own in books.years(city, each.growth)
                if before < own <= year
            ]
    title = f"{item}, {city}, {year}: not printed"
    facts = {"filled": rule(missing), "from": [each for each in (before, after) if each is not None]}
    if not steps:
        return Step("filled", title, facts, problem="no year of this city is printed")
    return Step("filled", title, facts, steps)


def _printed(books: PanelBooks, city: int, year: int, item: str, cell: bool) -> Step:
    row = books.find(city, year, item)
    if row is None:
        return Step("filled", f"{item}, {city}, {year}", problem="it is not printed")
    return books.observation(row, cell=cell)
