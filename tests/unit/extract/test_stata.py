"""Stata files of every version: text in GBK, value labels, missing codes, single precision, dates."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import InputError
from nianjian.extract.periods import StataTime, read_period
from nianjian.extract.stata import Labelled, read_stata
from stata_files import Variable, stata

PATH = Path("panel.dta")
VERSIONS = (102, 103, 104, 105, 108, 110, 111, 113, 114, 115, 117, 118, 119)


def variables() -> list[Variable]:
    return [
        Variable("city", "i1", [0, 1, 2], label="城市", labels={0: "北京市", 1: "上海市", 2: "广州市"}),
        Variable("name", 12, ["北京市", "上海市", "广州市"]),
        Variable("year", "i2", [2010, 2011, 2012]),
        Variable("v", "f4", [0.1, 79.3, -1.5], label="产值"),
        Variable("w", "f8", [1 / 3, 1e9, 0.0]),
        Variable("n", "i4", [7, 100_000, -3]),
    ]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_in_either_order_of_bytes(version, order):
    if version == 102 and order == ">":
        pytest.skip("version 102 does not say its order")
    data = stata(variables(), version, "utf-8" if version >= 118 else "gb18030", order)
    found = read_stata(PATH, data)
    assert found.names == ["city", "name", "year", "v", "w", "n"]
    assert found.labels == ["城市", "", "", "产值", "", ""]
    assert found.rows[0] == [Labelled(0.0, "北京市"), "北京市", 2010.0, 0.1, 1 / 3, 7.0]
    assert found.rows[1] == [Labelled(1.0, "上海市"), "上海市", 2011.0, 79.3, 1e9, 100_000.0]
    assert found.rows[2] == [Labelled(2.0, "广州市"), "广州市", 2012.0, -1.5, 0.0, -3.0]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_of_these_tests_are_what_pandas_takes_for_stata_files(version):
    """So that a wrong layout is not read by a wrong reader."""
    plain = [each for each in variables() if each.kind != "i1"]
    plain[0].values, plain[2].label = ["a", "b", "c"], ""
    read = pd.read_stata(io.BytesIO(stata(plain, version, "ascii")), convert_categoricals=False)
    assert read["name"].tolist() == ["a", "b", "c"]
    assert read["year"].tolist() == [2010, 2011, 2012]
    assert read["w"].tolist() == [1 / 3, 1e9, 0.0]


@pytest.mark.parametrize("version", [118, 119])
def test_what_pandas_writes_is_read(version):
    frame = pd.DataFrame(
        {
            "city": pd.Categorical(["北京市", "上海市", "北京市"]),
            "day": pd.to_datetime(["2010-12-31", "2011-12-31", "2012-12-31"]),
            "text": ["济" * 1500, "x", ""],
            "v": np.array([0.1, np.nan, 1e-7], dtype="float32"),
        }
    )
    stream = io.BytesIO()
    frame.to_stata(
        stream, write_index=False, version=version, convert_dates={"day": "td"}, convert_strl=["text"]
    )
    rows = read_stata(PATH, stream.getvalue()).rows
    assert [row[0].text for row in rows] == ["北京市", "上海市", "北京市"]
    assert [read_period(row[1]).year for row in rows] == [2010, 2011, 2012]
    assert [row[2] for row in rows] == ["济" * 1500, "x", ""]
    assert [row[3] for row in rows] == [0.1, "", 1e-7]


@pytest.mark.parametrize("version", [114, 117, 118])
def test_all_missing_codes_are_blank(version):
    # . and .a to .z: the largest values of each type.
    found = stata(
        [
            Variable("b", "i1", [100, 101, 102, 127]),
            Variable("i", "i2", [32740, 32741, 32742, 32767]),
            Variable("l", "i4", [2147483620, 2147483621, 2147483622, 2147483647]),
            Variable("f", "f4", [1.5, *(bytes.fromhex(each) for each in ("7f000000", "7f000800", "7f00d000"))]),
            Variable("d", "f8", [1.5, *(bytes.fromhex(each) for each in ("7fe0000000000000", "7fe0010000000000", "7fe01a0000000000"))]),
        ],
        version,
    )  # fmt: skip
    rows = read_stata(PATH, found).rows
    assert rows[0] == [100.0, 32740.0, 2147483620.0, 1.5, 1.5]
    assert rows[1:] == [[""] * 5] * 3


def test_old_missing_codes_are_blank():
    data = stata(
        [
            Variable("b", "i1", [126, 127]),
            Variable("i", "i2", [32766, 32767]),
            Variable("d", "f8", [2.0, 2.0**333]),
        ],
        105,
    )
    assert read_stata(PATH, data).rows == [[126.0, 32766.0, 2.0], ["", "", ""]]


def test_time_formats_are_kept_with_their_numbers():
    data = stata([Variable("t", "i4", [203, 204], format="%tq")], 114)
    assert read_stata(PATH, data).rows[0] == [StataTime(203.0, "%tq")]
    assert read_period(read_stata(PATH, data).rows[1][0]) == (2011, "q1")


def test_text_that_is_cut_within_a_character_does_not_spoil_the_rest():
    cut = "呼伦贝尔".encode("gb18030")[:7]
    data = stata([Variable("name", 7, [cut, "北京市", "上海市"])], 114)
    assert [row[0] for row in read_stata(PATH, data).rows] == ["呼伦贝\ufffd", "北京市", "上海市"]


def test_gbk_text_in_a_file_that_says_utf8_is_read():
    # Stata converts a file to version 118 without its text unless `unicode translate` is run.
    data = stata([Variable("name", 12, ["北京市", "上海市"])], 118, "gb18030")
    assert [row[0] for row in read_stata(PATH, data).rows] == ["北京市", "上海市"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_that_is_cut_off_is_refused(version):
    data = stata(variables(), version, "utf-8")
    for length in (1, 4, 40, len(data) // 2):
        with pytest.raises(InputError, match=r"panel\.dta: cannot be read as a Stata file"):
            read_stata(PATH, data[:length])


def test_an_unknown_version_and_unknown_text_are_refused():
    with pytest.raises(InputError, match="version 120 is unknown"):
        read_stata(PATH, b"<stata_dta><header><release>120</release>")
    with pytest.raises(InputError, match=r"neither UTF-8 nor GBK; run `unicode translate`"):
        read_stata(PATH, stata([Variable("name", 3, [b"\xff\xff\xff", b"\xff\xfe\xff"])], 114))
