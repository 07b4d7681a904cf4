"""What the ``build`` of an index returns beside its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Output:
    """One table to write.

    Attributes
    ----------
    frame : its rows
    key : columns that identify a row
    schema : column to Arrow type; None: the frame's own types
    """

    frame: pd.DataFrame
    key: Sequence[str]
    schema: Mapping[str, str] | None = None
