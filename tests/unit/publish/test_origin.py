"""What outputs say that they are made from."""

from __future__ import annotations

import pytest

from nianjian.books import with_own
from nianjian.errors import DeclarationError
from nianjian.publish.origin import BANNER, Origin


def test_books_alone():
    assert Origin.parse("simulated").note is None and Origin.parse("simulated").mark == BANNER
    real = Origin.parse("real: Yearbook, editions 2001 / 《年鉴》2001年版")
    assert real.note is not None and real.note["zh"] == "数据来源：《年鉴》2001年版。" and not real.simulated


def test_own_files_beside_them_are_named():
    simulated = Origin.parse(with_own("simulated", ["data/mine.csv", "data/more.xlsx"]))
    assert simulated.simulated and simulated.note is not None
    assert simulated.note["en"] == "Data: simulated yearbooks, with own data mine.csv, more.xlsx."
    assert simulated.mark == f"{BANNER}; own data mine.csv, more.xlsx / 自有数据mine.csv, more.xlsx"
    real = Origin.parse(with_own("real: Yearbook / 《年鉴》", ["data/mine.csv"])).note
    assert real is not None
    assert (real["en"], real["zh"]) == (
        "Data: Yearbook; own data mine.csv.",
        "数据来源：《年鉴》；自有数据mine.csv。",
    )
    assert with_own("simulated", []) == "simulated"


@pytest.mark.parametrize("origin", ["", "real:", "books", " | own: mine.csv"])
def test_anything_else_is_refused(origin):
    with pytest.raises(DeclarationError, match="say what this output was made from"):
        Origin.parse(origin)
