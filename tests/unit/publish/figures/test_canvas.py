"""Pages and files: the same bytes every time, the mark of simulated data, fonts that have every letter."""

import pytest

from drawn import CITIES, Given, draw, map_sample, small_sample
from nianjian.errors import DeclarationError
from nianjian.publish.figures import canvas
from nianjian.publish.origin import BANNER

TREND = {"panels": [{"values": "score", "by": "region"}]}


def written(seen, folder, suffixes=("pdf", "svg", "png")):
    folder.mkdir()
    with canvas.style("zh"):
        canvas.mark(seen.page, "simulated")
        for suffix in suffixes:
            canvas.save(seen.page, folder / f"1.zh.{suffix}")
    return [(folder / f"1.zh.{suffix}").read_bytes() for suffix in suffixes]


def test_files_are_the_same_bytes_and_say_that_data_are_simulated(tmp_path):
    data = Given(tmp_path / "data").data(sample=small_sample())
    first, second = (draw("trend", TREND, data, "zh") for _ in range(2))
    files = written(first, tmp_path / "a")
    assert files == written(second, tmp_path / "b")
    assert all(len(content) > 5000 for content in files)
    assert first.page.get_suptitle() == BANNER


def test_a_map_is_the_same_bytes_every_time(tmp_path):
    data = Given(tmp_path / "data").data(maps=True, sample=map_sample(), cities=CITIES)
    one, two = (draw("group_map", {"values": "region"}, data, "zh") for _ in range(2))
    files = written(one, tmp_path / "a", ("pdf", "svg"))
    assert files == written(two, tmp_path / "b", ("pdf", "svg"))
    assert all(len(content) < 2_000_000 for content in files)


def test_real_data_carry_no_banner():
    with canvas.style("en"):
        page, _ = canvas.new("single", 40)
        canvas.mark(page, "real: books")
    assert page.get_suptitle() == ""


def test_a_letter_that_no_font_has_is_an_error(tmp_path):
    with canvas.style("en"):
        figure, axis = canvas.new("single", 40)
        axis.set_xlabel("\U0001f4c8")
        with pytest.raises(DeclarationError, match="has the character"):
            canvas.save(figure, tmp_path / "1.en.png")
    assert not (tmp_path / "1.en.png").exists()
