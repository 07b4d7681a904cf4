"""How the work of a kind is split over jobs.

A kind that can be split is made of pieces: random draws, points of a grid, years. They are numbered from 0 and worked on in
blocks whose borders depend on nothing but their number, and a chunk, the work of one job, is a run of whole blocks. So each
block is computed alike whatever the split, to the last bit: a matrix product of 500 columns may round otherwise than one of 50.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

PARTS = ".parts"
"""Ends the name of the folder, beside an entry's output, of what its chunks made."""
DRAWS_AT_ONCE = 500
"""Block of estimators whose draws are matrix products: many columns at once are what makes them fast."""


def blocks(piece: range, size: int) -> list[range]:
    """Blocks of a run of pieces; the last one may be shorter.

    Examples
    --------
    >>> blocks(range(500, 1200), 500)
    [range(500, 1000), range(1000, 1200)]
    """
    return [range(start, min(start + size, piece.stop)) for start in range(piece.start, piece.stop, size)]


def chunks_of(count: int, size: int, chunks: int) -> list[range]:
    """Pieces of each job: whole blocks, as evenly as they go; never more jobs than blocks.

    Parameters
    ----------
    count : number of pieces
    size : of a block
    chunks : jobs that are asked for

    Examples
    --------
    >>> chunks_of(1200, 500, 2)
    [range(0, 1000), range(1000, 1200)]
    """
    whole = -(-count // size)
    jobs = min(chunks, whole)
    ends = [-(-whole * (job + 1) // jobs) for job in range(jobs)]
    return [range(start * size, min(end * size, count)) for start, end in zip([0, *ends], ends, strict=False)]


def part_files(output: str, chunks: Iterable[range]) -> list[str]:
    """Files of an entry's chunks, named by their first and last piece, counted from 1."""
    folder = output.removesuffix(".parquet") + PARTS
    return [f"{folder}/{piece.start + 1}-{piece.stop}.parquet" for piece in chunks]


def name_of_entry(part: str | PurePath) -> str:
    """The entry that a part belongs to."""
    return PurePath(part).parent.name.removesuffix(PARTS)
