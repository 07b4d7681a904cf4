"""CSV files: encodings, lines, layers, and what a broken file says."""

from __future__ import annotations

import os
import re

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import tables

LIST = "city,approval_date\n保定,2010-07-19\n\n 南昌市 ,2012\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding_in_which_spreadsheets_save_is_read(write, encoding):
    table = tables.read(write("reference/own.csv", LIST.encode(encoding)), "own.csv")
    assert table.columns == ("city", "approval_date")
    assert [row["city"] for row in table.rows] == ["保定", "南昌市"]
    assert [row.line for row in table.rows] == [2, 4]


def test_a_file_in_no_encoding_names_its_line(write):
    layers = write("reference/own.csv", b"city,x\n\xe4\xbf\x9d\xe5\xae\x9a,1\n\xff\xff,2\n")
    with pytest.raises(
        DeclarationError, match=r"config/reference/own\.csv, line 3: neither UTF-8 nor .*save"
    ):
        tables.read(layers, "own.csv")


def test_a_workspaces_file_hides_the_projects_and_policies_may_lie_at_the_top(write):
    assert tables.read(Layers(), "regions.csv").columns != ("province", "x")
    layers = write("reference/regions.csv", "province,x\n110000,1\n")
    assert tables.read(layers, "regions.csv").columns == ("province", "x")
    write("policies/own.csv", "city\n110000\n")
    assert tables.read(layers, "policies/own.csv").shown == "config/policies/own.csv"
    write("reference/policies/own.csv", "city,level\n110000,city\n")
    assert tables.read(layers, "policies/own.csv").shown == "config/reference/policies/own.csv"
    assert {"policies/own.csv", "policies/low_carbon.csv"} <= set(tables.names(layers, tables.POLICIES))


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(write):
    layers = write("reference/own.csv", "a\n1\n")
    first = tables.read(layers, "own.csv")
    assert tables.read(layers, "own.csv") is first
    write("reference/own.csv", "a\n2\n")
    os.utime(tables.find(layers, "own.csv")[0], ns=(1, 1))
    assert tables.read(layers, "own.csv").rows[0]["a"] == "2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "config/reference/own.csv is empty; its first line names the columns"),
        ("a,b\n1,2\n3\n", "config/reference/own.csv, line 3: 1 cells where the header has 2; write a cell"),
        (
            "a,b\n1,533.8,2\n",
            "line 2: 3 cells where the header has 2; .* put cells that hold a comma in quotes",
        ),
        ("a;b\n1;2\n", "line 1: cells are separated by commas; save the file again as CSV"),
        ("a\tb\n1\t2\n", "line 1: cells are separated by commas"),
        ("a,b,a\n1,2,3\n", "line 1: two columns are called 'a'; rename one"),
    ],
)
def test_a_broken_file_names_the_line_and_what_to_do(write, content, message):
    with pytest.raises(DeclarationError, match=message):
        tables.read(write("reference/own.csv", content), "own.csv")


def test_lines_are_counted_through_cells_of_several_lines(write):
    table = tables.read(write("reference/own.csv", 'a,note\n1,"two\nlines"\n2,x,,\n'), "own.csv")
    assert [(row.line, row["a"]) for row in table.rows] == [(2, "1"), (4, "2")]


def test_a_missing_column_is_named_with_those_that_there_are(write):
    table = tables.read(write("reference/own.csv", "city,offical\n1,2\n"), "own.csv")
    text = "config/reference/own.csv has no column 'official'; did you mean 'offical'?; it has city, offical"
    with pytest.raises(DeclarationError, match=re.escape(text)):
        table.need("official")
    with pytest.raises(DeclarationError, match=r"config/reference/none\.csv does not exist"):
        tables.read(Layers(), "none.csv")
