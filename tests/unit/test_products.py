"""Products of columns: named like did*fp, made where a regression uses them."""

from __future__ import annotations

import pandas as pd

from nianjian.products import factors, is_product, spelled, with_products


def test_names() -> None:
    assert factors("did * fp") == ["did", "fp"] and factors("did") == ["did"]
    assert is_product("did*fp") and not is_product("did")
    assert spelled("a * b* c") == "a*b*c"


def test_values() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": [0.5, None]})
    found = with_products(frame, ["a", "a*b", "a*b*c", "a*missing"])
    assert found["a*b"].tolist() == [3, 8]
    assert found["a*b*c"].isna().tolist() == [False, True] and found["a*b*c"][0] == 1.5
    assert "a*missing" not in found and list(frame) == ["a", "b", "c"]
