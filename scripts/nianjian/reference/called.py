"""What cities and provinces are called, each by a name of its own: Yichun (Jiangxi), not Yichun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from nianjian.language import Text


def _apart(names: Sequence[str], behind: Iterable[str], codes: Iterable[int]) -> list[str]:
    """Names of one place each: those that several share have their province behind them, else their code."""
    often = Counter(names)
    told = [f"{name} ({more})" if often[name] > 1 else name for name, more in zip(names, behind, strict=True)]
    often = Counter(told)
    return [f"{name} {code}" if often[name] > 1 else name for name, code in zip(told, codes, strict=True)]


def city_names(rows: Sequence[tuple[int, str, str, str, str]]) -> dict[int, Text]:
    """Names of cities by code.

    Parameters
    ----------
    rows : code, Chinese and English name, Chinese and English name of the province; without an English name the Chinese one
        stands in its place

    Examples
    --------
    >>> rows = [(360900, "宜春市", "Yichun", "江西省", "Jiangxi"), (230700, "伊春市", "Yichun", "黑龙江省", "Heilongjiang")]
    >>> city_names(rows)[360900]["en"], city_names(rows)[360900]["zh"]
    ('Yichun (Jiangxi)', '宜春市')
    """
    codes = [row[0] for row in rows]
    zh = _apart([row[1] for row in rows], [row[3] for row in rows], codes)
    en = _apart([row[2] or row[1] for row in rows], [row[4] for row in rows], codes)
    return {code: Text.of(en=one, zh=other) for code, one, other in zip(codes, en, zh, strict=True)}
