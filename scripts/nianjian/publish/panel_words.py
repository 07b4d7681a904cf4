"""What the panel stage says of sheets, labels, columns, values and corrections, in the words of a language.

The stage writes English into its tables, where readers of any language find the same. Pages say it in theirs. What is not known
here, such as the reason of a correction that a user wrote, stands as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import get_args

from nianjian.declarations.models.sample import Rule
from nianjian.text import FIRST, Text, has, word

FORMS = (
    (r"holds no numbers", "no_numbers"),
    (r"not a workbook \((?P<what>.+)\)", "no_workbook"),
    (r"the same bytes as (?P<what>.+)", "same_bytes"),
    (r"no table of cities: (?P<n>\d+) of its (?P<all>\d+) rows name a place \((?P<what>.*)\)", "few_places"),
    (r"no table of cities: its rows are provinces \((?P<n>\d+) of (?P<all>\d+)\)", "provinces"),
    (r"no table of cities: a list in the order of its values, which its own table prints too", "ranking"),
    (r"no table of cities: the sheet is empty", "empty_sheet"),
    (r"no table of cities: no column of region names was found", "no_names"),
    (r"no table of cities: no row holds both a region name and a number", "no_row"),
    (r"the sheet is hidden", "hidden_sheet"),
    (r"is hidden, beside visible sheets that hold tables of cities; make it visible if it belongs to the book", "hidden_beside"),
    (r"(?P<n>\d+) cells with digits stand outside the table: (?P<what>.+)", "outside"),
    (r"(?P<n>\d+) cells of the table hold digits among words, and are not read: (?P<what>.+)", "among_words"),
    (r"(?P<n>\d+) numbers carry the mark of a note, which is no part of them: (?P<what>.+)", "note_marks"),
    (r"(?P<n>\d+) formulas have no stored value \(open the file in Excel or WPS and save it\): (?P<what>.+)", "no_stored"),
    (r"(?P<n>\d+) (?P<cells>.*)is shown as a percentage: (?P<what>.+)", "shown_percent"),
    (r"hidden rows are read too: (?P<what>.+)", "hidden_rows"),
    (r"hidden columns are read too: (?P<what>.+)", "hidden_columns"),
    (r"(?P<n>\d+) cells lie far from the table and are not read: (?P<what>.+)", "far_cells"),
    (r"none of the declared columns holds a number", "no_column_holds"),
    (r"(?P<what>.+): the file is empty; download or copy it again", "empty_file"),
    (r"(?P<what>.+): is a web page, not a workbook; open it in Excel and save it as \.xlsx", "web_page"),
    (r"(?P<what>.+): is no Excel or OpenDocument workbook \(unknown first bytes\); save it as \.xlsx", "no_excel"),
    (r"(?P<what>.+): is encrypted; open it with its password and save it without one", "encrypted"),
    (r"(?P<what>.+): cannot be read as a workbook \((?P<why>.*)\); (?:open it in Excel and save it as \.xlsx|download or copy it again)", "unreadable_book"),
    (r"(?P<what>.+): is cut off or damaged(?P<why>.*); download or copy it again", "damaged"),
    (r"(?P<what>.+): holds no sheet with cells; open it in Excel and save it as \.xlsx", "no_sheet"),
    (r"out of the book's order", "out_of_order"),
    (r"not a region: empty, a heading, a unit or a note", "no_region"),
    (r"not a known region; nearest names: (?P<what>.+)", "not_known_near"),
    (r"not a known region; though (?P<what>.+) is misread so", "not_known_misread"),
    (r"not a known region", "not_known"),
    (r"no code of a region: (?P<what>.+)", "no_code"),
    (r"read as (?P<what>.+): one character differs and the place in the table fits", "read_as_one"),
    (r"read as (?P<what>.+): the English name beside it agrees and the place in the table fits", "read_as_english"),
    (r"read as (?P<what>.+): one character differs and the list lacks no other such city", "read_as_missing"),
    (r"printed as (?P<other>.+), which stands elsewhere; its place in the table is (?P<what>.+)'s", "printed_as"),
    (r"taken for the city; nothing tells it from (?P<what>.+)", "taken_nothing"),
    (r"taken for the city; it could stand for (?P<what>.+) here", "taken_could"),
    (r"neither header nor title says whether 全市 or 市辖区", "no_scope"),
    (r"no spelling fits; header and title have the words of (?P<what>.+)", "no_spelling"),
    (r"the other pages of the table print (?P<what>.+) here", "others_print"),
    (r"resembles (?P<what>.+), but no page prints its unit", "resembles"),
    (r"outside (?P<low>\S+) to (?P<high>\S+)", "bounds"),
    (r"(?P<n>[-+\d.,e]+) times as much; (?P<sides>the years before and after|the years before|the years after) lead to expect (?P<value>[-+\d.,e]+), so does (?P<other>.+)", "times_witness"),
    (r"(?P<n>[-+\d.,e]+) times as much; (?P<sides>the years before and after|the years before|the years after) lead to expect (?P<value>[-+\d.,e]+)", "times"),
    (r"(?P<n>[-+\d.,e]+); (?P<sides>the years before and after|the years before|the years after) lead to expect (?P<value>[-+\d.,e]+), so does (?P<other>.+)", "value_witness"),
    (r"(?P<n>[-+\d.,e]+); (?P<sides>the years before and after|the years before|the years after) lead to expect (?P<value>[-+\d.,e]+)", "value"),
    (r"the years before and after", "before_after"),
    (r"the years before", "before"),
    (r"the years after", "after"),
    (r"the other scope", "other_scope"),
    (r"(?P<what>\w+) and the year before", "year_before"),
    (r"fits (?P<what>.+), in the row beside", "shifted"),
    (r"the province's row leaves (?P<value>[-+\d.,e]+): (?P<why>.+)", "province_leaves_why"),
    (r"the province's row leaves (?P<value>[-+\d.,e]+)", "province_leaves"),
    (r"a misplaced decimal point", "point"),
    (r"a lost leading digit", "lost_leading"),
    (r"a digit too many in front", "front_digit"),
    (r"a repeated digit", "repeated_digit"),
    (r"a digit too many", "digit_many"),
    (r"a dropped digit", "dropped_digit"),
    (r"two digits swapped", "swapped"),
    (r"one digit another", "one_other"),
    (r"add up to (?P<n>[-+\d.,e]+), not 100", "add_up"),
    (r"parts of (?P<what>\w+) add up to (?P<n>[-+\d.,e]+)", "parts"),
    (r"whole city prints (?P<n>[-+\d.,e]+)", "whole_city"),
    (r"printed with different values in (?P<what>.+)", "different"),
    (r"the page's values are (?P<n>[-+\d.,e]+) times those of the years beside, and no other unit says why", "page_times"),
    (r"others agree against it: (?P<what>.+)", "others_agree"),
    (r"misread digits", "c_misread"),
    (r"misplaced or lost decimal point or digit", "c_lost_point_digit"),
    (r"printed in the cell of the city above", "c_above"),
    (r"one digit too many", "c_many"),
    (r"two digits too many", "c_two_many"),
    (r"misread digit or sign", "c_sign"),
    (r"a lost decimal point", "c_lost_point"),
    (r"misplaced decimal point", "c_point"),
    (r"share of a total that holds the tertiary sector ten times too large", "c_tertiary_share"),
    (r"the tertiary sector entered ten times too large(?P<what>.*)", "c_tertiary"),
    (r"whole city and districts have changed places", "c_places"),
    (r"repeats the number of (?P<what>\d+)", "c_repeats"),
    (r"the column repeats that of (?P<what>.+) in every row", "c_repeats_column"),
    (r"a digit was lost", "c_lost"),
    (r"prints the resident population for the registered one, of the whole city and of its districts, which are the same", "c_resident"),
    (r"printed in (?P<one>\S+) below the unit (?P<other>\S+)", "c_unit"),
    (r"a placeholder", "c_placeholder"),
    (r"(?:a sign of the print|mark) behind the number", "c_mark_behind"),
    (r"mark before the number", "c_mark_before"),
    (r"a point behind a number", "c_point_behind"),
    (r"(?:the )?letter O for (?:0|zero)", "c_letter_zero"),
    (r"letter for one", "c_letter_one"),
    (r"letter behind the number", "c_letter_behind"),
    (r"stray blanks? within the number", "c_blank"),
    (r"stray point within the number", "c_stray_point"),
    (r"stray zero and point before the number", "c_stray_zero"),
    (r"the values of two cities in one cell; the first is this city's", "c_two_cities"),
    (r"last zero misread", "c_last_zero"),
    (r"last two misread", "c_last_two"),
    (r"colon or comma for the decimal point", "c_colon"),
    (r"planted misprint", "c_planted"),
    (r"(?P<what>.+), borne out by the years around", "c_borne"),
    (r"(?P<n>\d+) numbers of years that are not read, as `years` declares \(first (?P<cell>\w+)\)", "declared_years"),
    (r"(?P<n>\d+) rows in which (?P<column>\S+) is not (?P<own>\S+) are left out \(first (?P<cell>\w+)\)", "left_rows"),
    (r"(?P<n>\d+) cells show another number than they hold, and what is shown is taken: (?P<cells>.+)", "other_shown"),
    (r"(?P<what>\S+) was not a county-level city in (?P<year>\d+)", "no_county_city"),
    (r"(?P<what>\S+) was not a prefecture-level city in (?P<year>\d+)", "no_city"),
    (r"(?P<code>\d+): (?P<what>\S+) is a prefecture, but no city", "prefecture"),
    (r"no item has this spelling", "no_item"),
)  # fmt: skip
"""What the stage writes, with the message that says it. The first that fits counts."""
_SAID_TOO = frozenset(("sides", "other", "why", "what"))
"""Parts of a form that may be forms themselves."""
_RULES = {rule: place for place, rule in enumerate(get_args(Rule))}
BETWEEN = "; "
"""What stands between several remarks on one thing."""


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in FORMS)


@cache
def said(text: str) -> Text:
    """A remark of the stage in all languages; one that has no form stands as it is."""
    found = _form(text)
    if found is not None:
        return found.map(lambda words, language: text if language == FIRST else words)
    parts = text.split(BETWEEN)
    if len(parts) == 1:
        return Text.same(text)
    told = [_form(part) or Text.same(part) for part in parts]
    return word("punctuation.semicolon").map(
        lambda mark, language: mark.join(each[language] for each in told)
    )


def _form(text: str) -> Text | None:
    for pattern, key in _forms():
        match = pattern.fullmatch(text)
        if match:
            values = match.groupdict()
            named = {
                name: said(own) if name in _SAID_TOO and own != text else own for name, own in values.items()
            }
            return word(f"panel_words.{key}", **named)
    return None


def value(column: str, own: object) -> Text:
    """What a value of a column of the stage's tables is called."""
    key = f"panel_values.{column}_{own}".replace(" ", "_").replace(",", "").lower()
    return word(key) if has(key) else Text.same(own)


def heading(column: str) -> Text:
    """What a column of the stage's tables is called."""
    key = f"panel_values.column_{column}"
    return word(key) if has(key) else Text.same(column)


def rule_place(rule: str) -> int:
    """Place of a rule in the order in which pages list what breaks it: misread digits first."""
    return _RULES.get(rule, len(_RULES))
