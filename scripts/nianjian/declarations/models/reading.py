"""The words by which pages, headers and labels are read, ``reading.yaml``, and spellings of units,
``reference/units.yaml``.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Regex, regular

Words = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Character = Annotated[str, Field(min_length=1, max_length=1)]


def with_groups(number: int, what: str) -> AfterValidator:
    """A regular expression with at least so many groups; ``what`` says in words which."""

    def check(value: str) -> str:
        if re.compile(regular(value)).groups < number:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"a regular expression with a group for {what}"}
            )
        return value

    return AfterValidator(check)


def _folds_once(value: dict[str, str]) -> dict[str, str]:
    """Every character is taken for one other at most, which itself stays as it is."""
    seen: set[str] = set()
    for characters in value.values():
        for character in characters:
            if character in value or character in seen:
                why = f"each character once, but '{character}' stands in two places"
                raise PydanticCustomError("pattern", "{what}", {"what": why})
            seen.add(character)
    return value


TitlePattern = Annotated[str, with_groups(2, "the chapter and one for the number")]
Folding = Annotated[
    dict[Character, Annotated[str, Field(min_length=1)]], Field(min_length=1), AfterValidator(_folds_once)
]


def _replaceable(check: "Replacement") -> "Replacement":
    try:
        re.sub(check.pattern, check.replace, "")
    except (re.error, IndexError) as error:
        what = f"a replacement that fits its pattern ({error})"
        raise PydanticCustomError("pattern", "{what}", {"what": what}) from None
    return check


class Replacement(Declared):
    """A pattern and what stands instead of it."""

    pattern: Regex = Field(description="what stands there")
    replace: str = Field(description="what is read instead")


class Sheets(Declared):
    """What is a title, a header, a note on a page."""

    title: TitlePattern = Field(description="start of a title; groups: chapter, number")
    continued: Regex = Field(description="in the title of a page that goes on with the table before it")
    label_headers: Words = Field(description="what stands above the column of region names")
    scope_header: Regex = Field(description="a header cell that names nothing but a scope")
    note: Regex = Field(description="start of a line about the whole page")
    unit_note: Regex = Field(description="start of a line that gives the page's unit")
    bare_units: Words = Field(description="units that stand alone in a header's row")
    bare_unit_multiples: str = Field(
        min_length=1, description="characters that may stand before a unit: 十百千万亿"
    )
    bare_unit_signs: Words = Field(description="signs that stand alone in a header's row")
    footnote: Regex = Field(description="start of a line below the table")
    year: Regex = Field(description="year that heads a column of a compiled panel")


class ScopeWords(Declared):
    """Words for both scopes."""

    city: Words = Field(description="of the whole city, 全市")
    districts: Words = Field(description="of the districts, 市辖区")


class ScopePatterns(Declared):
    """Patterns for both scopes."""

    city: Regex = Field(description="of the whole city, 全市")
    districts: Regex = Field(description="of the districts, 市辖区")


class Exclusive(Declared):
    """Words of which one excludes the others."""

    words: list[Regex] = Field(min_length=1, description="alternatives; one alone is said or not")
    spelled: Literal["required", "excluded"] | None = Field(
        default=None,
        description="held against headers that a spelling fits too: the item must mean them, or must not mean another",
    )
    exempt: Regex | None = Field(
        default=None, description="in the label of an item to which they do not matter"
    )
    optional: bool = Field(
        default=False, description="may be left unsaid in header and title, or by the item"
    )


class Resemblance(Declared):
    """How a header is compared with all items that no spelling fits."""

    weak: Regex = Field(description="words without meaning of their own beside a quantity's name")
    rates: Regex = Field(description="words of a header that make its number a rate, share or average")
    classes: list[Exclusive] = Field(description="words that must be the same in both")


class Headers(Declared):
    """What is left of a header when its item is looked up."""

    scopes: ScopeWords = Field(description="a cell that names a scope and nothing else")
    scopes_english: ScopePatterns = Field(description="letters only, lower case")
    scopes_english_start: Words = Field(description="how the English beside a scope's Chinese may start")
    scopes_remains: Words = Field(description="what a bad scan leaves of a scope's Chinese")
    scopes_at_end: ScopePatterns = Field(description="at the end of a cell that names the quantity too")
    scopes_in_title: ScopePatterns = Field(description="in a table's title")
    county_files: Regex = Field(description="in the path of a file whose rows are cities at county level")
    year: Annotated[str, with_groups(1, "the year")] = Field(description="a level that is a year")
    abbreviations: list[Regex] = Field(min_length=1, description="Latin letters that belong to the name")
    prefix: Regex = Field(description="what stands before the name and adds nothing")
    kept_brackets: Words = Field(description="words for which a bracket belongs to the name")
    title_number: Regex = Field(description="the number in front of a title")
    title_tail: Regex = Field(description="counters behind a title")
    twins: Folding = Field(description="a character and those that are the same, where scopes are compared")
    confusable: Folding = Field(description="a character and those that recognition takes for it")
    neutral: list[Annotated[Replacement, AfterValidator(_replaceable)]] = Field(
        description="words without meaning of their own, put right in this order where no spelling fits"
    )
    resemblance: Resemblance = Field(description="where no spelling fits at all")


class Per(Declared):
    """What a header says that its number is per."""

    pattern: Regex = Field(description="in the header")
    unit: str = Field(min_length=1, description="unit expression")


class Media(Declared):
    """Words in a header for what is weighed or measured."""

    water: Words = Field(description="of which a tonne is a cubic metre")


class Units(Declared):
    """Where a header says what its numbers are measured in."""

    note: Annotated[str, with_groups(1, "the unit")] = Field(description="a line that gives the page's unit")
    per: list[Per] = Field(description="what a number is per")
    media: Media = Field(description="what is weighed or measured")


class Regions(Declared):
    """What a label in the column of region names is."""

    total: Regex = Field(description="the whole of a label of a sum over cities")
    total_name: str = Field(min_length=1, description="what such a sum is called")
    no_region: Regex = Field(description="start of a label that is a note, a heading or a page mark")
    province_suffix: Regex = Field(description="end of a province's full name")
    province_endings: Words = Field(description="ends with which a province's short name is printed too")
    city_ending: Character = Field(description="end of a city's name: 市")
    districts_ending: str = Field(min_length=1, description="end of the name of a city's districts: 市辖区")
    twins: Folding = Field(description="a character and those that are the same")
    shared_name: str = Field(min_length=1, description="short name of a province and of a city in it")


class Reading(Declared):
    """Words and patterns by which pages of the yearbooks are read."""

    sheets: Sheets = Field(description="pages: titles, headers, notes")
    headers: Headers = Field(description="headers: scopes, abbreviations, confusable characters")
    units: Units = Field(description="printed units")
    regions: Regions = Field(description="labels of regions")


class PageWords(Declared):
    """What a page is read by: words of the declaration, and the names of all places that a book may list."""

    sheets: Sheets = Field(description="pages: titles, headers, notes")
    regions: Regions = Field(description="labels of regions")
    cities: list[str] = Field(description="full names of cities of any level and year")
    provinces: list[str] = Field(description="full names of provinces")


class UnitSpellings(Declared):
    """Printed spelling of a unit to its expression."""

    symbols: dict[str, str] = Field(description="in either language")
    chinese: dict[str, str] = Field(description="in Chinese headers")
    english: dict[str, str] = Field(description="in English headers")
    misprints: dict[str, str] = Field(description="as bad scans print them, in either language")
