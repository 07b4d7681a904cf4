"""What to type for characters of a Chinese keyboard."""

import pytest

from nianjian import fullwidth


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("years：2006", "'：' stands there, type ':'"),
        ("a，b", "'，' stands there, type ','"),
        ("２", "'２' stands there, type '2'"),
        ("“x”", """'“' stands there, type "'\""""),
        ("a\u3000b", "a full-width blank stands there, type a plain one"),
        ("a\u00a0b", "a non-breaking blank stands there"),
        ("\ta", "a tab stands there, type blanks instead"),
        ("x ≥ 3", "'≥' stands there, type '>='"),
        ("x – y", "'–' stands there, type '-'"),
        ("ＧＤＰ", "'Ｇ' stands there, type 'G'"),
    ],
)
def test_what_to_type_is_said(text: str, wanted: str) -> None:
    assert fullwidth.hint(text).startswith(f"; {wanted}")


def test_plain_text_and_chinese_words_are_left_alone() -> None:
    for text in ("ln(gdp_pc)", "region == 'east'", "人均地区生产总值", "SO2 µg/m³", ""):
        assert fullwidth.hint(text) == ""


def test_a_message_names_three_at_most() -> None:
    assert fullwidth.hint("，：（）“”").count("stands there") == 3
