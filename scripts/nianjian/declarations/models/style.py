"""How a journal prints tables, ``styles/*.yaml``: numbers, errors and stars, captions, lines, fonts, wording.

Left out, a key is as in the project's own look, which ``styles/default.yaml`` writes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Words
from nianjian.language import languages

DEFAULT = "default"
"""The style of tables for which nothing else is said."""
STARS = {"0.01": "***", "0.05": "**", "0.1": "*"}
Decimals = Annotated[int, Field(ge=0, le=12)]


def _thresholds(given: Any) -> Any:
    if given == "none":
        return {}
    return {str(key): value for key, value in given.items()} if isinstance(given, dict) else given


def _probabilities(given: dict[str, str]) -> dict[str, str]:
    for key in given:
        try:
            valid = 0 < float(key) < 1
        except ValueError:
            valid = False
        if not valid:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "levels between 0 and 1 with their stars: {0.01: '***'}"}
            )
    return given


Stars = Annotated[
    dict[str, str],
    BeforeValidator(_thresholds, json_schema_input_type=dict[str, str] | Literal["none"]),
    AfterValidator(_probabilities),
]
Errors = Literal["below", "beside"]
InBrackets = Literal["std_error", "t", "p_value"]


def _in_all(given: Any) -> Any:
    """What is not said by language holds in every language."""
    return given if isinstance(given, Mapping) else dict.fromkeys(languages(), given)


def _by_language(given: dict[str, Any]) -> dict[str, Any]:
    for language in given:
        if language not in languages():
            raise PydanticCustomError("pattern", "{what}", {"what": f"keys among {', '.join(languages())}"})
    return given


Thousands = Literal["comma", "space", "thin", "none"]
Brackets = Literal["half", "full"]
ThousandsBy = Annotated[
    dict[str, Thousands],
    BeforeValidator(_in_all, json_schema_input_type=Thousands | dict[str, Thousands]),
    AfterValidator(_by_language),
]
BracketsBy = Annotated[
    dict[str, Brackets],
    BeforeValidator(_in_all, json_schema_input_type=Brackets | dict[str, Brackets]),
    AfterValidator(_by_language),
]
Weight = Literal["auto", "bold", "normal"]


class Numbers(Declared):
    """How numbers are written, in cells and in words alike."""

    thousands: ThousandsBy = Field(
        {"en": "comma", "zh": "space"},
        validate_default=True,
        description="what sets thousands apart: comma, space, thin (a thin space), none; for all languages or by language",
    )
    grouped_from: Literal[4, 5] = Field(
        4, description="digits before the point from which thousands are set apart: 5130 or 5,130"
    )
    minus: Literal["sign", "hyphen"] = Field("sign", description="− or -")
    leading_zero: bool = Field(
        True, description="the zero before the point of numbers below one: 0.123; false: .123"
    )
    brackets: BracketsBy = Field(
        {"en": "half", "zh": "full"},
        validate_default=True,
        description="round brackets: half () or full （）, for all languages or by language",
    )


class Coefficients(Declared):
    """What tables say of estimates where they do not decide it themselves; null leaves it to the table's kind."""

    stars: Stars | None = Field(None, description="stars by the level that a p-value lies below; none")
    brackets: InBrackets | None = Field(
        None, description="what stands in brackets: standard errors, t statistics or p-values"
    )
    errors: Errors | None = Field(None, description="where that stands: below the estimate or beside it")
    decimals: Decimals | None = Field(None, description="digits after the point of estimates")
    significant: Annotated[int, Field(ge=1, le=6)] | None = Field(
        None,
        description="estimates and their errors get as many decimals as these significant digits of the smaller one need, "
        "at least `decimals`",
    )
    described: Decimals | None = Field(
        None, description="digits after the point in tables without stars, such as descriptive statistics"
    )


class Caption(Declared):
    """The line above or below a table."""

    place: Literal["above", "below"] = Field("above", description="of the caption")
    form: Words | None = Field(
        None,
        description="with {id} and {title}; a line break \\n is one; left out: Table 3. Title, 表 3　标题",
    )
    continued: Words | None = Field(
        None,
        description="over later parts of a table that is split, with {id}; left out: Table 3 (continued), 续表3",
    )
    weight: Weight = Field("auto", description="bold, normal; auto: bold unless it is Chinese, in Hei")
    align: Literal["center", "left"] = Field("center", description="of the caption")
    second: dict[str, str] = Field(
        {}, description="language of a second caption by that of the table, {zh: en} for bilingual captions"
    )


RuleWidth = Annotated[float, Field(ge=0, le=6)]


class Rules(Declared):
    """Widths of a table's lines in points; 0 leaves a line out. Excel has the nearest of its own widths."""

    top: RuleWidth = Field(1.5, description="above the table")
    mid: RuleWidth = Field(0.75, description="below the heads of the columns")
    thin: RuleWidth = Field(0.5, description="below heads over several columns, and between parts of a table")
    bottom: RuleWidth = Field(1.5, description="below the table")


class Fonts(Declared):
    """Names of fonts and sizes in points."""

    latin: str = Field("Times New Roman", description="of Latin letters and digits, in Word, Excel and Typst")
    chinese: str = Field("宋体", description="of Chinese letters, in Word and Excel")
    caption_chinese: str = Field("黑体", description="of Chinese captions, in Word")
    typst: list[str] = Field(
        ["Times New Roman", "Liberation Serif", "Source Han Serif SC", "Noto Serif CJK SC", "SimSun"],
        description="of Typst, the first that is there for each letter",
    )
    html: str | None = Field(None, description="list of families as CSS writes it; null: that of all pages")
    size: float = Field(9, ge=6, le=14, description="of the table")
    smallest: float = Field(
        8, ge=6, le=14, description="below which no table is set; wider ones are continued"
    )
    caption_size: float = Field(10.5, ge=6, le=16, description="of the caption, in Word and Typst")


class Style(Declared):
    """How a journal prints tables; what a table says itself comes first."""

    label: Words | None = Field(None, description="what the style is called")
    note: str | None = Field(None, description="for whoever reads the file")
    extends: Id | None = Field(None, description="another style, whose keys hold where this one says nothing")
    numbers: Numbers = Field(Numbers(), description="how numbers are written")
    coefficients: Coefficients = Field(Coefficients(), description="what stands of estimates")
    caption: Caption = Field(Caption(), description="place and form of the caption")
    rules: Rules = Field(Rules(), description="widths of lines, in points")
    fonts: Fonts = Field(Fonts(), description="names and sizes of fonts")
    words: dict[str, Words] = Field(
        {},
        description="wording by key of scripts/nianjian/messages, subject.key: "
        "{regression.std_error: {en: ..., zh: ...}, tables.notes: ...}",
    )
