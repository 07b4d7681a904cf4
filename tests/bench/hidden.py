"""Counts how an edition is mapped whose own spellings are unknown: a stand-in for editions that nobody has seen.

python tests/bench/hidden.py results/<books>/extracts/city_yearbook [--editions 1986 1995]

For each edition the spellings of config/items.yaml that its columns alone use are hidden, and it is mapped anew. Printed are
shares of the cells that the full dictionary or the reduced one maps: ``right`` (same item, scope, year and unit), ``wrong``
(another), ``unmapped``; then what resemblance maps, in cells right and wrong. ``others`` is the share of right ones among
items that another edition prints too; an item of this edition alone cannot be known without it.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from nianjian import storage  # noqa: E402
from nianjian.panel import columns as printed_columns  # noqa: E402
from nianjian.panel.cells import CATEGORIES, Cells  # noqa: E402
from nianjian.panel.declared import PanelDeclarations  # noqa: E402
from nianjian.panel.dictionary import Dictionary, Spelling, spellings_of  # noqa: E402
from nianjian.panel.headers import HeaderReader  # noqa: E402
from nianjian.panel.printed_units import PrintedUnits  # noqa: E402


class Recorded(Dictionary):
    """A dictionary that notes which spelling each column found."""

    used: list[Spelling | None]

    def find(self, *printed: Any) -> tuple[Spelling | None, str]:
        """As the dictionary does it."""
        found = super().find(*printed)
        self.used.append(found[0])
        return found


class Mapper:
    """Maps columns by all spellings or by some of them."""

    def __init__(self, declared: PanelDeclarations) -> None:
        self.items = declared.items
        self.headers = HeaderReader(declared.headers)
        self.units = PrintedUnits(declared.units, declared.unit_words)
        self.spellings = [
            s for item, own in self.items.items() for s in spellings_of(item, own, self.headers)
        ]
        self.item_units = {item: own.unit for item, own in self.items.items()}

    def map(
        self, columns: pd.DataFrame, spellings: list[Spelling]
    ) -> tuple[pd.DataFrame, list[Spelling | None]]:
        """Mapped columns, and the spelling of each before other pages or resemblance spoke."""
        dictionary = Recorded(spellings, self.headers, self.units, self.item_units)
        dictionary.used = []
        mapped = printed_columns.map_columns(columns, dictionary, self.items)
        return printed_columns.printed_units(mapped, self.items, self.units), dictionary.used


def compared(full: pd.DataFrame, reduced: pd.DataFrame, own: np.ndarray) -> dict[str, float]:
    """Shares and counts of the module's docstring.

    Parameters
    ----------
    full, reduced : the same columns, mapped with all spellings and with those of other editions
    own : (n,) whether no other edition prints the item
    """
    known, again = full["item"].notna().to_numpy(), reduced["item"].notna().to_numpy()
    same = known & again
    for name in ("item", "scope", "year"):
        same &= (full[name].to_numpy() == reduced[name].to_numpy()).astype(bool)
    same &= np.isclose(full["factor"].to_numpy(dtype=float), reduced["factor"].to_numpy(dtype=float))
    cells = full["cells"].to_numpy(dtype=float)
    total = max(cells[known | again].sum(), 1)
    resembling = (reduced["how"] == "resemblance").to_numpy()
    return {
        "right": 100 * cells[same].sum() / total,
        "wrong": 100 * cells[again & ~same].sum() / total,
        "unmapped": 100 * cells[known & ~again].sum() / total,
        "others": 100 * cells[same & ~own].sum() / max(cells[known & ~own].sum(), 1),
        "resembling_right": cells[resembling & same].sum(),
        "resembling_wrong": cells[resembling & ~same].sum(),
    }


def _read(path: Path) -> pd.DataFrame:
    if path.is_file():
        return pd.read_parquet(path)
    files = [each for each in sorted(path.glob("**/*.parquet")) if not each.name.endswith(".sheets.parquet")]
    return storage.read_stacked(files, CATEGORIES)


def main() -> None:
    """Print one line an edition."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extracts", type=Path)
    parser.add_argument("--editions", type=int, nargs="*")
    arguments = parser.parse_args()
    cells = Cells.of(_read(arguments.extracts))
    columns = cells.columns.assign(cells=np.bincount(cells.column_id, minlength=len(cells.columns)))
    mapper = Mapper(PanelDeclarations.load(ROOT / "config"))
    full, used = mapper.map(columns, mapper.spellings)
    users: dict[Spelling, set[int]] = defaultdict(set)
    for spelling, edition in zip(used, full["edition"], strict=True):
        if spelling is not None:
            users[spelling].add(edition)
    printed_in = full[full["item"].notna()].groupby("item")["edition"].agg(set)
    print("edition  right  wrong  unmapped  others  by resemblance: right  wrong")
    for edition in arguments.editions or sorted(full["edition"].unique()):
        at = (full["edition"] == edition).to_numpy()
        left = [spelling for spelling in mapper.spellings if users.get(spelling) != {edition}]
        reduced, _ = mapper.map(columns[at], left)
        mine = full[at]
        own = np.array([item is not None and printed_in[item] == {edition} for item in mine["item"]])
        found = compared(mine, reduced, own)
        print(
            f"{edition}  {found['right']:7.2f}{found['wrong']:7.2f}{found['unmapped']:9.2f}{found['others']:9.2f}"
            f"{found['resembling_right']:20,.0f}{found['resembling_wrong']:8,.0f}"
        )


if __name__ == "__main__":
    main()
