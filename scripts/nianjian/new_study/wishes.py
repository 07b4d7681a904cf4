"""What a new study shall be of: from options, or from answers where somebody sits at a terminal."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from nianjian.declarations.layers import FILE_ID, Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.base import is_file_name
from nianjian.declarations.models.items import Item
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.new_study.peeking import Column, Peeked, peek
from nianjian.reference import tables

YEARBOOK = "yearbook"
"""The data are items of the yearbooks."""
DEFAULT_YEARS = (2006, 2016)
DEFAULT_OUTCOME = "ind_so2"
DEFAULT_POLICY, DEFAULT_CODING = "low_carbon", "city_pilot"
TRUTHS = {"true", "false"}
Ask = Callable[[str, str], str]
"""A question and what an empty answer means."""
T = TypeVar("T")


@dataclass
class Wishes:
    """What the study is of.

    Attributes
    ----------
    name : its id
    data : the user's file; None for items of the yearbooks
    identifier : ``city`` or ``unit``, and the file's column of it
    policy : name of a list that the project has
    policy_file : the user's own list, which is copied; None if the project has it
    codings : columns of the list that say which rows count
    """

    folder: Path
    name: str
    language: str
    outcome: str
    years: tuple[int, int]
    data: Path | None = None
    link: bool = False
    identifier: tuple[str, str] = ("city", "city")
    year: str = "year"
    treatment: str = ""
    controls: list[str] = field(default_factory=list)
    policy: str = ""
    policy_file: Path | None = None
    coding: str = ""
    codings: list[str] = field(default_factory=list)
    peeked: Peeked | None = None


def wished(given: argparse.Namespace, ask: Ask | None) -> Wishes:
    """From the command line and, where somebody can be asked, answers.

    Parameters
    ----------
    ask : None where nobody can answer: then what is lacking is an error that lists what there is

    Raises
    ------
    NianjianError
        If something that is asked for is not there, or is lacking.
    """
    folder = Path(given.folder).expanduser()
    language = given.language or _language(ask)
    data = given.data or (
        ask("Data: yearbook, or a file (.dta, .csv, .xlsx, .parquet)", YEARBOOK) if ask else YEARBOOK
    )
    name = _name(given.name, folder)
    if data == YEARBOOK:
        return _of_books(given, ask, Wishes(folder, name, language, "", DEFAULT_YEARS))
    return _of_file(
        given,
        ask,
        Wishes(folder, name, language, "", DEFAULT_YEARS, data=Path(data).expanduser(), link=given.link),
    )


def _language(ask: Ask | None) -> str:
    from nianjian.new_study.speaking import spoken

    if ask is None:
        return spoken()
    answer = ask("Language / 语言: zh, en", spoken())
    return _one_of("--language", answer, ["zh", "en"])


def _name(given: str | None, folder: Path) -> str:
    """The study's id: what is said, or the folder's name as far as it can be one."""
    if given is not None:
        if not FILE_ID.fullmatch(given) or not is_file_name(given):
            raise DeclarationError(
                f"--name {given}: a study's name has letters a-z, digits and _ only, such as my_study"
            )
        return given
    made = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")
    return made if FILE_ID.fullmatch(made) and is_file_name(made) and not made[0].isdigit() else "my_study"


def _one_of(option: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        near = suggestion(given, known) or f"; there is {', '.join(known)}"
        raise DeclarationError(f"{option} {given}: there is no such one{near}")
    return given


def years_of(text: str) -> tuple[int, int]:
    """``2006-2016`` or ``2006 2016`` as two years.

    Raises
    ------
    DeclarationError
        If it is not two years, the first not after the last.
    """
    match = re.fullmatch(r"\s*\[?\s*(\d{4})\s*(?:[-–,，~至到]|\s)\s*(\d{4})\s*\]?\s*", text)
    if match is None or not 1949 <= int(match[1]) <= int(match[2]) <= 2100:
        raise DeclarationError(f"--years {text}: expected the first and the last year, such as 2006-2016")
    return int(match[1]), int(match[2])


# -- the policy


def _with_policy(given: argparse.Namespace, ask: Ask | None, wishes: Wishes) -> Wishes:
    """The list of a policy: the project's, or a file of the user's own."""
    known = [Path(name).stem for name in tables.names(Layers(), tables.POLICIES)]
    said = given.policy or (
        ask(f"Policy: {', '.join(known)}, or a CSV file of your own", DEFAULT_POLICY)
        if ask
        else DEFAULT_POLICY
    )
    path = Path(said).expanduser()
    if path.suffix.lower() == ".csv" or path.is_file():
        if not path.is_file():
            raise DeclarationError(
                f"--policy {said}: there is no such file; write a CSV with columns city and approval_date"
            )
        stem = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
        wishes.policy_file, wishes.policy = path, stem if stem and not stem[0].isdigit() else "my_policy"
        table = tables.read_path(path, str(said))
    else:
        wishes.policy = _one_of("--policy", said, known)
        table = tables.read(Layers(), f"{tables.POLICIES}{said}.csv")
    wishes.codings = [
        name for name in table.columns if table.rows and {row[name].lower() for row in table.rows} <= TRUTHS
    ]
    coding = given.coding or (DEFAULT_CODING if said == DEFAULT_POLICY and not given.policy else "")
    wishes.coding = _one_of("--coding", coding, wishes.codings) if coding else ""
    return wishes


# -- items of the yearbooks


def _of_books(given: argparse.Namespace, ask: Ask | None, wishes: Wishes) -> Wishes:
    for option in ("unit", "city", "year", "treatment"):
        if getattr(given, option):
            raise DeclarationError(
                f"--{option} is for a file of your own; name it with --data, or leave --{option} out"
            )
    items = read_items(Layers())
    said = given.outcome or (
        ask("Outcome: an item, or a formula of items", DEFAULT_OUTCOME) if ask else DEFAULT_OUTCOME
    )
    wishes.outcome = checked_outcome(said, items)
    wishes.controls = list(given.controls or [])
    for name in wishes.controls:
        _item("--controls", name, items)
    years = given.years or (ask("Years, first and last", "{}-{}".format(*DEFAULT_YEARS)) if ask else "")
    wishes.years = years_of(years) if years else DEFAULT_YEARS
    return _with_policy(given, ask, wishes)


def _item(option: str, name: str, items: dict[str, Item]) -> None:
    if name not in items:
        near = suggestion(name, items) or f"; search one: nianjian items {name}"
        raise DeclarationError(f"{option} {name}: there is no such item{near}")


def checked_outcome(text: str, items: dict[str, Item]) -> str:
    """An item's id, or a formula of items.

    Raises
    ------
    DeclarationError
        If it is neither.
    """
    from nianjian import formulas

    if re.fullmatch(r"\w+", text):
        _item("--outcome", text, items)
        return text
    known = [*items, *(f"{name}__districts" for name, item in items.items() if "districts" in item.scopes)]
    return formulas.parse(text, "--outcome", known=known).text


# -- a file of the user's own


def _of_file(given: argparse.Namespace, ask: Ask | None, wishes: Wishes) -> Wishes:
    assert wishes.data is not None
    if given.unit and given.city:
        raise DeclarationError(
            "--unit and --city: write one, --city for names or codes of Chinese cities, else --unit"
        )
    hints = [name for name in (given.unit, given.city, given.year, given.outcome) if name]
    peeked = peek(wishes.data, hints)
    wishes.peeked = peeked
    which = _Choice(peeked, ask)
    wishes.identifier = ("unit", given.unit) if given.unit else ("city", given.city or "")
    if not wishes.identifier[1]:
        column = which.one("--unit or --city", "", peeked.units, "the column of units")
        wishes.identifier = ("city" if column.lower() in ("city", "城市", "city_name") else "unit", column)
    wishes.year = which.one("--year", given.year, peeked.years, "the column of years")
    wishes.treatment = _treatment(given, which, wishes)
    taken = {wishes.identifier[1], wishes.year, wishes.treatment}
    numeric = [each.name for each in peeked.columns if each.numbers and each.name not in taken]
    wishes.outcome = which.one("--outcome", given.outcome, [], "the outcome", numeric)
    wishes.controls = [peeked.column(name, "--controls").name for name in given.controls or []]
    for name in (wishes.outcome, *wishes.controls):
        if peeked.column(name, "--outcome").numbers is None:
            raise DeclarationError(f"{peeked.file}, column '{name}': expected numbers, it holds text")
    wishes.years = _years(given, ask, peeked.column(wishes.year, "--year"))
    return wishes if wishes.treatment else _with_policy(given, ask, wishes)


def _treatment(given: argparse.Namespace, which: _Choice, wishes: Wishes) -> str:
    """The column of 0 and 1; empty where a policy list says who is treated."""
    if given.policy:
        if given.treatment:
            raise DeclarationError(
                "--policy and --treatment: write one, a list of cities or a column of the file"
            )
        if wishes.identifier[0] == "unit":
            raise DeclarationError(
                "--policy needs --city: a list of cities says nothing of other units; or name a --treatment"
            )
        return ""
    column = which.one(
        "--treatment", given.treatment, [], "the treatment, a column of 0 and 1", which.peeked.dummies
    )
    if not which.peeked.column(column, "--treatment").is_dummy:
        raise DeclarationError(
            f"--treatment {column}: {which.peeked.file} does not hold 0 and 1 there; name a column that does"
        )
    return column


def _years(given: argparse.Namespace, ask: Ask | None, column: Column) -> tuple[int, int]:
    """First and last year: those of the file, or what is asked for within them."""
    held = sorted({int(each) for each in column.numbers or ()})
    if not column.is_year:
        shown = str(column.values[0]) if column.values else "nothing"
        raise DeclarationError(
            f"--year {column.name}: expected years such as 2008, the column holds '{shown}'"
        )
    text = given.years or (ask("Years, first and last", f"{held[0]}-{held[-1]}") if ask else "")
    first, last = years_of(text) if text else (held[0], held[-1])
    if not held[0] <= first <= last <= held[-1]:
        raise DeclarationError(f"--years {text}: the file has the years {held[0]} to {held[-1]}")
    return first, last


@dataclass(frozen=True)
class _Choice:
    """Chooses columns: what is said, what one alone looks like it, an answer; never a silent guess among several."""

    peeked: Peeked
    ask: Ask | None

    def one(
        self, option: str, said: str | None, likely: Sequence[str], what: str, all_of: Sequence[str] = ()
    ) -> str:
        """A column.

        Parameters
        ----------
        said : on the command line
        likely : columns that look like it, the likeliest first; a lone one is taken
        all_of : columns that it may be; all if empty

        Raises
        ------
        DeclarationError
            If it is not there, or cannot be told and nobody can be asked.
        """
        if said:
            return self.peeked.column(said, option).name
        if self.ask is not None:
            default = likely[0] if likely else ""
            shown = ", ".join(likely or all_of or self.peeked.names)
            return self.peeked.column(self.ask(f"{option}: {what} ({shown})", default), option).name
        if len(likely) == 1:
            return likely[0]
        found = ", ".join(likely or all_of or self.peeked.names)
        raise DeclarationError(
            f"{option} is missing: {what} of {self.peeked.file} cannot be told for certain; it may be {found}. "
            f"Its columns:\n{self.peeked.listed}"
        )
