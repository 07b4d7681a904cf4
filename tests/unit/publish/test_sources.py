"""A link says which rows it is of, and comes back from its stored columns."""

import numpy as np
import pandas as pd
import pytest

from nianjian.publish.sources import SOURCE, Source, frame_of

LINKS = (
    Source.row("sample.parquet", "gdp", "mean", year=2001, column="region", level="east"),
    Source.row("estimates/a.parquet", "std_error", spec="a", kind="test", term="moran", year=np.int32(2005)),
    Source.declared("demo", "specs.a.absorb", "city"),
)


def test_links_come_back_from_their_columns():
    frame = frame_of([link.plain(number) for number, link in enumerate(LINKS)], SOURCE)
    assert [Source.read(row) for row in frame.to_dict("records")] == list(LINKS)


def test_what_does_not_apply_is_not_in_the_key():
    link = Source.row("sample.parquet", "gdp", year=2001, city=None, level=np.nan, column=pd.NA)
    assert link.key == (("year", 2001),)
    assert (link.get("year"), link.get("city")) == (2001, None)
    with pytest.raises(ValueError, match=r"sources have no key town; there is spec, kind"):
        Source.row("sample.parquet", "gdp", town=1)


def test_a_declared_word_names_the_studys_file():
    assert Source.declared("demo-books", "title").file == "config/studies/demo.yaml (variant books)"
