"""Numbers of pages, with marks between thousands and no more digits than they have."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import pandas as pd

from nianjian.publish.tables import MINUS


def grouped(own: Any) -> str:
    """A count: ``12,345``; a word as it is."""
    return f"{int(own):,}" if isinstance(own, Integral) else str(own)


def plain_number(own: Any) -> str:
    """A number of the panel with marks between thousands, a true minus and at most ten digits; empty of none.

    Examples
    --------
    >>> plain_number(1234567.5), plain_number(-0.25), plain_number(3.0), plain_number(None)
    ('1,234,567.5', '−0.25', '3', '')
    """
    if own is None or pd.isna(own):
        return ""
    if isinstance(own, bool):
        return str(own)
    text = f"{own:,d}" if isinstance(own, Integral) else f"{float(own):,.10g}"
    return text.replace("-", MINUS)
