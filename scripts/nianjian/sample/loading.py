"""A study's sample together with its indices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.errors import SampleError

KEY = ["city", "year"]


def load_sample(
    sample: str | Path, indices: Sequence[str | Path], context: str, *, needed: Iterable[str] = ()
) -> pd.DataFrame:
    """The sample's rows with the columns of its index files.

    Parameters
    ----------
    sample : ``sample.parquet``
    indices : Parquets with key (city, year)
    context : what messages open with
    needed : columns that must be there

    Raises
    ------
    SampleError
        If a column stands in two files, or a needed one in none, or a file repeats a city and year.
    """
    frame = storage.read_table(sample)
    for path in indices:
        index = storage.read_table(path)
        clash = [name for name in index if name in frame and name not in KEY]
        if clash:
            raise SampleError(f"{context}: {path} repeats the columns {', '.join(clash)}; rename the index")
        for source, table in ((sample, frame), (path, index)):
            if (twice := table.duplicated(KEY)).any():
                first = table.loc[twice, KEY].iloc[0].to_dict()
                raise SampleError(
                    f"{context}: {source} repeats {int(twice.sum())} keys, first {first}; build it again"
                )
        frame = frame.merge(index, on=KEY, how="left", validate="one_to_one")
    absent = sorted({name for name in needed if name not in frame})
    if absent:
        raise SampleError(
            f"{context}: the sample has no column {', '.join(absent)}; declare it under variables or indices"
        )
    return frame
