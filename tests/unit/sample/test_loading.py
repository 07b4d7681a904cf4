"""A sample together with its indices."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.errors import SampleError
from nianjian.sample.loading import load_sample

ROWS = pd.DataFrame({"city": [110000, 110000], "year": [2010, 2011]})


def write(folder, **frames):
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder / "sample.parquet", [folder / "index.parquet"]


@pytest.mark.parametrize("repeated", ["sample", "index"])
def test_files_that_repeat_a_key_are_named(tmp_path, repeated):
    frames = {"sample": ROWS.assign(a=1.0), "index": ROWS.assign(b=1.0)}
    frames[repeated] = pd.concat([frames[repeated], frames[repeated].head(1)])
    with pytest.raises(
        SampleError, match=rf"^spec 'a': .*{repeated}.parquet repeats 1 keys, first .*110000.*again$"
    ):
        load_sample(*write(tmp_path, **frames), "spec 'a'")


def test_columns_of_indices_stand_beside_those_of_the_sample(tmp_path):
    files = write(tmp_path, sample=ROWS.assign(a=[1.0, 2.0]), index=ROWS.tail(1).assign(b=3.0))
    frame = load_sample(*files, "x", needed=["a", "b"])
    assert frame["a"].tolist() == [1.0, 2.0] and frame["b"].isna().tolist() == [True, False]
    with pytest.raises(
        SampleError, match="x: the sample has no column c, d; declare it under variables or indices"
    ):
        load_sample(*files, "x", needed=["d", "a", "c"])
    with pytest.raises(SampleError, match=r"x: .*index\.parquet repeats the columns a; rename the index"):
        load_sample(*write(tmp_path, sample=ROWS.assign(a=1.0), index=ROWS.assign(a=1.0)), "x")
