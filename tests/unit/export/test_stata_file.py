"""Stata files: read back by pandas, by the project's reader of user files, and by a reader of characteristics of the test's own."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pytest

from nianjian.export.dataset import Dataset, Variable
from nianjian.export.stata_file import ExportError, write_stata
from nianjian.extract.stata import read_stata
from nianjian.text import Text


def dataset(**columns):
    frame = pd.DataFrame(columns)
    variables = [Variable(name, name, Text.of(en=f"Label {name}", zh=f"标签{name}")) for name in frame]
    return Dataset("small", frame, variables, [next(iter(frame))], Text.of(en="Title", zh="标题"))


def whole():
    data = dataset(
        city=pd.Series([110000, 120000, 130000], dtype="Int32"),
        small=pd.Series([1, 2, None], dtype="Int32"),
        real=[1.5, np.nan, 1e300],
        ends=[np.inf, -np.inf, 0.0],
        name=["北京市", None, "=1+1"],
    )
    variables = list(data.variables)
    variables[1] = Variable(
        "small", "small", Text.of(en="Group", zh="组"), Text.of(en="yuan", zh="元"),
        {1: Text.of(en="one", zh="一"), 2: Text.of(en="two", zh="二")},
        {"formula": "a / b", "empty": ""},
    )  # fmt: skip
    notes = [Text.of(en="SIMULATED DATA", zh="模拟数据")]
    return Dataset("small", data.frame, variables, ["city"], data.title, notes)


def characteristics(content: bytes) -> dict[tuple[str, str], str]:
    """(variable, name) to text, straight from the bytes."""
    start = content.index(b"<characteristics>") + len(b"<characteristics>")
    found, at = {}, start
    while content[at : at + 4] == b"<ch>":
        (length,) = struct.unpack("<I", content[at + 4 : at + 8])
        body = content[at + 8 : at + 8 + length]
        variable, name = (body[k : k + 129].split(b"\0")[0].decode() for k in (0, 129))
        assert body.endswith(b"\0")
        found[variable, name] = body[258:-1].decode()
        at += 8 + length
        assert content[at : at + 5] == b"</ch>"
        at += 5
    assert content[at:].startswith(b"</characteristics><data>")
    return found


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "small.dta"
    write_stata(whole(), written, ["en", "zh"])
    return written


def test_pandas_reads_values_labels_and_missing_ones(path):
    with pd.io.stata.StataReader(path, convert_categoricals=False) as reader:
        frame = reader.read()
        assert reader.data_label == "Title"
        assert reader.variable_labels()["small"] == "Group (yuan)"
        assert reader.value_labels()["small_en"] == {1: "one", 2: "two"}
        assert reader.value_labels()["small_zh"] == {1: "一", 2: "二"}
    assert frame["city"].tolist() == [110000, 120000, 130000]
    assert frame["small"].isna().tolist() == [False, False, True]
    assert frame["real"].tolist()[::2] == [1.5, 1e300] and np.isnan(frame["real"][1])
    assert frame["ends"].isna().tolist() == [True, True, False]  # .a and .b
    assert frame["name"].tolist() == ["北京市", "", "=1+1"]


def test_types_are_as_small_as_the_numbers_allow(path):
    with pd.io.stata.StataReader(path, convert_categoricals=False, convert_missing=True) as reader:
        frame = reader.read()
    assert [str(each) for each in frame["ends"][:2]] == [".a", ".b"]
    frame = pd.read_stata(path, convert_categoricals=False)
    assert frame["city"].dtype == np.int32


def test_the_own_reader_reads_it_too(path):
    own = read_stata(path, path.read_bytes())
    assert own.names == ["city", "small", "real", "ends", "name"]
    assert own.rows[0][1].text == "one" and own.rows[0][4] == "北京市"
    assert own.rows[2][1] == ""


def test_units_facts_notes_and_the_second_language_are_characteristics(path):
    found = characteristics(path.read_bytes())
    assert found["small", "unit"] == "yuan" and found["small", "formula"] == "a / b"
    assert ("small", "empty") not in found
    assert found["small", "_lang_v_zh"] == "组 (元)" and found["small", "_lang_l_zh"] == "small_zh"
    assert found["_dta", "_lang_list"] == "en zh" and found["_dta", "_lang_c"] == "en"
    assert found["_dta", "_lang_v_zh"] == "标题"
    assert found["_dta", "note0"] == "2" and found["_dta", "note1"] == "SIMULATED DATA"
    assert found["city", "column"] == "city"


def test_the_map_points_at_every_section(path):
    content = path.read_bytes()
    start = content.index(b"<map>") + 5
    offsets = struct.unpack("<14Q", content[start : start + 112])
    tags = (
        *("stata_dta", "map", "variable_types", "varnames", "sortlist", "formats", "value_label_names"),
        *("variable_labels", "characteristics", "data", "strls", "value_labels", "/stata_dta"),
    )
    for offset, tag in zip(offsets, tags, strict=False):
        assert content[offset:].startswith(f"<{tag}>".encode()), tag
    assert offsets[13] == len(content)


def test_the_first_language_may_be_chinese_and_bytes_are_the_same_each_time(tmp_path):
    for name in ("one.dta", "two.dta"):
        write_stata(whole(), tmp_path / name, ["zh", "en"])
    assert (tmp_path / "one.dta").read_bytes() == (tmp_path / "two.dta").read_bytes()
    with pd.io.stata.StataReader(tmp_path / "one.dta") as reader:
        assert reader.variable_labels()["small"] == "组 (元)" and reader.data_label == "标题"


def test_long_labels_are_cut_between_characters(tmp_path):
    data = dataset(x=[1.0])
    long = Variable("x", "x", Text.of(en="x" * 90, zh="城" * 90))
    write_stata(Dataset("d", data.frame, [long], ["x"], data.title), tmp_path / "d.dta", ["zh"])
    with pd.io.stata.StataReader(tmp_path / "d.dta") as reader:
        assert reader.variable_labels()["x"] == "城" * 79 + "…"


def test_what_stata_cannot_hold_is_an_error_that_names_file_and_column(tmp_path):
    for value, what in ((1.5e308, "number beyond"), ("x" * 2046, "2,046 bytes"), ("a\0b", "NUL")):
        with pytest.raises(ExportError, match=f"d.dta, x: .*{what}"):
            write_stata(dataset(x=[value]), tmp_path / "d.dta", ["en"])
    assert not (tmp_path / "d.dta").exists()


def test_wide_files_have_all_variables(tmp_path):
    columns = {f"v{number}": [float(number)] for number in range(2_600)}
    write_stata(dataset(**columns), tmp_path / "wide.dta", ["en"])
    frame = pd.read_stata(tmp_path / "wide.dta")
    assert frame.shape == (1, 2_600) and frame["v2599"][0] == 2599
