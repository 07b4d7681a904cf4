"""Every language and format of a figure, and its points."""

import pandas as pd
import pytest

from drawn import LABELS, TITLE, Given, prepared_fonts, small_sample
from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.labels import read_labels
from nianjian.kinds.registry import kinds
from nianjian.publish.figures.making import make
from nianjian.storage import read_table

HEADS = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.fixture
def context():
    return PublishContext(
        "demo", "figures", "5", facts=Facts("demo", read_labels(LABELS, "demo"), None, (2001, 2005), {})
    )


def entry():
    kind = kinds().get("figures", "trend")
    return Entry("5", kind, kind.read(TITLE | {"panels": [{"values": "score"}]}))


def test_every_file_is_written(context, tmp_path):
    outputs = {
        f"{language}.{form}": tmp_path / f"5.{language}.{form}" for language in ("en", "zh") for form in HEADS
    }
    outputs["points"] = tmp_path / "5.points.parquet"
    data = Given(tmp_path).data(sample=small_sample())
    make(entry(), data, context, outputs, prepared_fonts())
    for name, path in outputs.items():
        if name != "points":
            assert path.read_bytes().startswith(HEADS[path.suffix[1:]])
    found = read_table(outputs["points"])
    assert set(found["figure"]) == {"5"} and found["x"].tolist() == [2001, 2002, 2003, 2004, 2005]
    pd.testing.assert_series_equal(
        found["y"], small_sample().groupby("year")["score"].mean(), check_index=False, check_names=False
    )


def test_an_input_that_is_not_given_is_named(context, tmp_path):
    with pytest.raises(DeclarationError, match="it is made from sample, which its inputs do not name"):
        make(entry(), Data({}, tmp_path, str(context)), context, {"en.png": tmp_path / "5.en.png"})
    assert not (tmp_path / "5.en.png").exists()


def test_an_unknown_kind_is_refused():
    with pytest.raises(
        DeclarationError,
        match=r"demo, figures\.1\.kind: 'trends' is no kind of figure; did you mean 'trend'\?",
    ):
        kinds().get("figures", "trends", "demo, figures.1.kind")
