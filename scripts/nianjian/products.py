"""Products of columns, ``did*fp``: a column that no sample holds, made where a regression uses it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TIMES = "*"


def factors(name: str) -> list[str]:
    """Columns that a name stands for: those of a product, or itself."""
    return [part.strip() for part in name.split(TIMES)]


def is_product(name: str) -> bool:
    """Whether a name is that of a product."""
    return TIMES in name


def spelled(name: str) -> str:
    """A product without blanks: ``did * fp`` is ``did*fp``."""
    return TIMES.join(factors(name))


def with_products(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The frame with those products among the names that its columns give; what is no number is left to the estimator."""
    found = {}
    for name in dict.fromkeys(names):
        parts = factors(name)
        if is_product(name) and name not in frame and all(part in frame for part in parts):
            product = 1.0
            for part in parts:
                product = product * frame[part]
            found[name] = product
    return frame.assign(**found) if found else frame
