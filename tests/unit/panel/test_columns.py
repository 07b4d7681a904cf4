"""What the columns of a table's pages mean together: scopes, pairs, damaged headers, units of other pages."""

import numpy as np
import pandas as pd
import pytest

from nianjian.declarations.models.items import Item
from nianjian.panel.columns import map_columns, printed_units
from nianjian.panel.dictionary import Dictionary
from small_books import HEADERS, UNITS

ITEMS = {
    "gdp": Item(zh="国内生产总值", en="GDP", unit="10^4 yuan", kind="flow", headers=["国内生产总值"]),
    "profit": Item(zh="利税总额", en="Profits", unit="10^4 yuan", kind="flow", headers=["利税总额"]),
    "pop": Item(zh="年末人口", en="Population", unit="10^4 person", kind="stock", headers=["年末人口"]),
    "area": Item(
        zh="建成区", en="Area", unit="km^2", scopes=["districts"], kind="stock", headers=["建成区面积"]
    ),
}
DICTIONARY = Dictionary.from_items(ITEMS, HEADERS, UNITS)


def pages(*headers, title="综合经济", file="book/三、地级市/1.xlsx", notes=()):
    """One page for each tuple of headers."""
    return pd.DataFrame(
        [
            {"source": "city_yearbook", "edition": 1988, "file": file, "sheet": "1", "block": block, "col": col, "table": "1", "title": title,
             "header": header, "note": notes[block] if notes else ""}
            for block, page in enumerate(headers)
            for col, header in enumerate(page)
        ]
    )  # fmt: skip


def mapped(frame):
    return map_columns(frame, DICTIONARY, ITEMS)


GOOD = ("国内生产总值 › 地区", "国内生产总值 › 市区", "利税总额 › 地区", "利税总额 › 市区")


@pytest.mark.parametrize(
    ("header", "item"),
    [
        ("国肉生卉总值 › 地区", "gdp"),
        ("－", "gdp"),
        ("24456", "gdp"),
        ("商品流通费 › 地区", None),
        ("石油加工业", None),
    ],
)
def test_an_unknown_header_takes_the_word_of_other_pages_only_where_it_may_be_theirs(header, item):
    columns = mapped(pages(GOOD, GOOD, (header, *GOOD[1:])))
    row = columns[(columns["block"] == 2) & (columns["col"] == 0)].iloc[0]
    assert row["item"] == item
    assert row["how"] == ("position" if item else "unmapped")


def test_two_unknown_columns_of_a_page_are_no_reason_to_take_the_word_of_other_pages():
    columns = mapped(pages(GOOD, GOOD, ("商品流通费 › 地区", "商品销售额 › 地区", *GOOD[2:])))
    assert columns[columns["block"] == 2]["item"].tolist() == [None, None, "profit", "profit"]


def test_of_two_neighbours_alike_on_a_page_of_pairs_the_second_is_the_districts():
    """独立核算工业企业财务指标, edition 1988, heads both columns of 利税总额 地区."""
    columns = mapped(pages((*GOOD[:2], "利税总额 › 地区", "利税总额 › 地 区")))
    assert columns["scope"].tolist() == ["city", "districts", "city", "districts"]
    assert columns["how"].tolist() == ["spelling", "spelling", "position", "position"]


def test_two_alike_stay_so_where_no_other_item_of_the_page_is_a_pair():
    columns = mapped(pages(("国内生产总值 › 地区", "利税总额 › 地区", "利税总额 › 地区")))
    assert columns["scope"].tolist() == ["city"] * 3


def test_a_line_above_the_header_states_a_scope_that_the_title_lacks():
    notes = ["财务 | (不包括市辖县) 单位：万元", "财务 | (按1980年不变价格计算，包括市辖县)"]
    columns = mapped(pages(("利税总额",), ("利税总额",), notes=notes))
    assert columns["scope"].tolist() == ["districts", "city"]


def test_what_names_no_scope_is_the_whole_city_in_files_of_county_level_cities():
    county = mapped(pages(("国内生产总值", "建成区面积"), file="book/四、县级市/4-4.xlsx"))
    assert county["scope"].tolist() == ["city", "districts"]
    other = mapped(pages(("国内生产总值", "建成区面积")))
    assert other["scope"].tolist() == [None, "districts"] and other["item"].tolist() == [None, "area"]


def test_a_page_without_a_unit_takes_that_of_its_file_before_that_of_its_edition():
    county = pages(("年末人口",), ("年末人口",), file="book/四、县级市/4-1.xlsx", notes=["单位：人", ""])
    city = pages(*[("年末人口(万人) › 地区",)] * 3)
    columns = printed_units(mapped(pd.concat([county, city], ignore_index=True)), ITEMS, UNITS)
    assert np.allclose(columns["factor"], [1e-4, 1e-4, 1, 1, 1])
    assert columns["unit_source"].tolist() == ["note", "position", "header", "header", "header"]
