"""Estimates as tests look at them: by kind and address."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nianjian import estimates


def addressed(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by kind and address; an address that two rows have is an error."""
    frame = estimates.typed(rows)
    addresses = [estimates.address(row) for row in frame.to_dict("records")]
    index = pd.MultiIndex.from_arrays([frame["kind"], addresses], names=["kind", "address"])
    assert index.is_unique, index[index.duplicated()].tolist()
    return frame.set_index(index)


def stored(path: str | Path) -> pd.DataFrame:
    """The same of a file of estimates."""
    return addressed(estimates.read([path]))
