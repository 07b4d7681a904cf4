"""Words on a page are measured, and find their place."""

from __future__ import annotations

import logging

import pytest

from drawn import prepared_fonts
from nianjian.publish.figures import canvas, measuring, tidying


@pytest.fixture(params=["en", "zh"])
def style(request):
    with canvas.style(request.param, prepared_fonts()):
        yield request.param


def page(**options):
    figure, axes = canvas.new("single", 60, **options)
    axes.plot([0, 1], [0, 1])
    return figure, axes


def test_words_that_cover_each_other_are_found(style):
    figure, axes = page()
    axes.text(0.4, 0.5, "one")
    axes.text(0.42, 0.5, "other")
    axes.text(0.4, 0.9, "apart")
    assert measuring.measure(figure).overlapping == (("one", "other"),)
    assert measuring.measure(figure).faults == ["'one' and 'other' overlap"]


def test_words_beyond_the_page_are_found_and_those_not_drawn_are_not(style):
    figure, axes = page()
    axes.text(1.0, 0.5, "far too long for what is left of the page")
    axes.text(0.5, 0.5, "hidden").set_visible(False)
    axes.text(0.5, 0.5, "   ")
    axes.set_xticks([0, 1, 400], ["a", "b", "beyond the axis"])
    axes.set_xlim(0, 1)
    found = measuring.measure(figure)
    assert found.beyond == ("far too long for what is left of the page",)
    assert not {"hidden", "   ", "beyond the axis"} & {each.words for each in found.written}


def test_turned_words_are_measured_as_they_run(style):
    figure, axes = page()
    for x in (0.30, 0.42):
        axes.text(x, 0.5, "a long label", rotation=45, rotation_mode="anchor")
    assert not measuring.measure(figure).overlapping
    axes.text(0.301, 0.5, "a third", rotation=45, rotation_mode="anchor")
    assert measuring.measure(figure).overlapping


def test_a_long_name_of_an_axis_is_broken(style):
    figure, axes = page()
    words = "的城市生态环境韧性与绿色创新效率的综合得分指数（单位面积）" if style == "zh" else (
        "Urban ecological resilience and green innovation efficiency, standardised"
    )  # fmt: skip
    axes.set_ylabel(words * (2 if style == "zh" else 1))
    tidying.tidy(figure)
    assert "\n" in axes.get_ylabel() and not measuring.measure(figure).faults
    height = measuring.measure(figure)
    assert all(each.box.y0 >= 0 and each.box.y1 <= 72 * figure.get_figheight() for each in height.written)


def test_numbers_of_ticks_are_thinned_and_words_turned(style):
    figure, axes = page()
    axes.set_xticks([i / 20 for i in range(21)], [f"{1000 + i}" for i in range(21)])
    tidying.tidy(figure)
    shown = [each.get_text() for each in axes.get_xticklabels()]
    assert shown[-1] == "1020" and len(shown) < 21 and not measuring.measure(figure).faults
    figure, axes = page()
    names = [f"Municipality{i}" for i in range(8)]
    axes.set_xticks([i / 7 for i in range(8)], names)
    axes.set_xlabel("City")
    tidying.tidy(figure)
    assert [each.get_text() for each in axes.get_xticklabels()] == names, "no word is lost"
    assert not measuring.measure(figure).faults


def test_a_legend_gives_way_to_what_stands_below_the_axis(style):
    figure, axes = page()
    axes.plot([0, 1], [1, 0], label="line")
    axes.set_xticks([i / 7 for i in range(8)], [f"Municipality{i}" for i in range(8)])
    axes.set_xlabel("City")
    canvas.legend_below(axes)
    tidying.tidy(figure)
    assert not measuring.measure(figure).faults
    handles = [axes.plot([0], [0], label=f"a long name {i}")[0] for i in range(6)]
    # The axes stand on the right of the page: what fits the page does not fit there.
    axes.set_yticks([0, 1], ["a name that takes a third of the page", "short"])
    figure.set_layout_engine("constrained")
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.4), ncols=3)
    tidying.tidy(figure)
    assert axes.get_legend()._ncols < 3 and not measuring.measure(figure).faults


def test_what_cannot_be_mended_is_logged(style, caplog):
    figure, axes = page()
    axes.text(0.4, 0.5, "one")
    axes.text(0.4, 0.5, "other")
    with caplog.at_level(logging.WARNING):
        tidying.tidy(figure, "demo, figures.1")
    assert caplog.messages == ["demo, figures.1: 'one' and 'other' overlap"]


def test_a_label_moves_to_where_nothing_is_drawn(style):
    _, axes = canvas.new("single", 60)
    axes.plot([0, 1], [0, 0], color="k")
    axes.fill_between([0, 1], [0, 0], [1, 1], color="k")
    axes.set_ylim(-1, 1)
    note = axes.annotate("here", (0.5, 0), xytext=(0, 5), textcoords="offset points", ha="center")
    tidying.place_beside(note)
    assert note.get_position()[1] < 0


def test_words_are_broken_between_words():
    assert tidying.broken_in("one two three four", 2) == "one two\nthree four"
    assert tidying.broken_in("城市生态韧性（标准化）", 2) == "城市生态韧性\n（标准化）"
    assert tidying.broken_in("single", 2) == "single"
