"""Where the tables of a multiverse lie."""

from __future__ import annotations

from collections.abc import Sequence

FOLDER = "multiverse"
"""Folder below that of a study."""
NAMES = ("points", "choices", "options", "dimensions", "summary", "draws", "samples", "left_out")
"""Its tables; their columns stand in :mod:`nianjian.multiverse.schemas`."""


def files(folder: str, names: Sequence[str] = NAMES) -> dict[str, list[str]]:
    """Files of some of its tables by name.

    Parameters
    ----------
    folder : of the study
    """
    return {name: [f"{folder}/{FOLDER}/{name}.parquet"] for name in names}
