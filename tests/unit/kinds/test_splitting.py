"""Work is split at borders of blocks, whatever the number of jobs."""

from __future__ import annotations

import itertools

import pytest

from nianjian.kinds.splitting import blocks, chunks_of, name_of_entry, part_files


@pytest.mark.parametrize("count", [1, 2, 49, 50, 51, 499, 1730])
@pytest.mark.parametrize("size", [1, 7, 50, 500])
@pytest.mark.parametrize("jobs", [1, 2, 3, 7, 10, 10_000])
def test_chunks_are_whole_blocks_that_hold_every_piece_once(count, size, jobs):
    chunks = chunks_of(count, size, jobs)
    assert [number for chunk in chunks for number in chunk] == list(range(count))
    assert len(chunks) == min(jobs, -(-count // size)) and all(chunks)
    whole = blocks(range(count), size)
    assert [block for chunk in chunks for block in blocks(chunk, size)] == whole
    lengths = [len(blocks(chunk, size)) for chunk in chunks]
    assert max(lengths) - min(lengths) <= 1, "jobs have as much to do as each other"


def test_nothing_is_no_chunk():
    assert chunks_of(0, 500, 3) == [] and blocks(range(0), 5) == []


def test_parts_are_named_by_what_they_hold():
    files = part_files("s/estimates/placebo.parquet", [range(0, 1000), range(1000, 1200)])
    assert files == [
        "s/estimates/placebo.parts/1-1000.parquet",
        "s/estimates/placebo.parts/1001-1200.parquet",
    ]
    assert {name_of_entry(file) for file in files} == {"placebo"}


def test_no_two_splits_share_a_file_with_other_pieces():
    splits = [chunks_of(11, 1, jobs) for jobs in range(1, 12)]
    for one, other in itertools.combinations(splits, 2):
        named = dict(zip(part_files("a.parquet", one), one, strict=True))
        for file, piece in zip(part_files("a.parquet", other), other, strict=True):
            assert named.get(file, piece) == piece
