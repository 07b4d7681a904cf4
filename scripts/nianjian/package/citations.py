"""References of sources in BibTeX and in the style of GB/T 7714-2015."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nianjian.declarations.models.citation import Citation
from nianjian.text import Text

CODES = {"book": "M", "article": "J", "data": "DS"}
"""Marks of GB/T 7714 for the kind of work."""
TYPES = {"book": "book", "article": "article", "data": "misc"}
"""Entries of BibTeX."""
MOST_AUTHORS = 3
"""That GB/T 7714 names before 等 or et al."""


@dataclass(frozen=True)
class Reference:
    """A source as references cite it.

    Attributes
    ----------
    id : of the source; the key of BibTeX
    title : of the source
    cite : its citation; None where none is declared
    fallback : what is said of it instead
    """

    id: str
    title: Text
    cite: Citation | None
    fallback: str = ""


def _title(reference: Reference, language: str) -> str:
    cite = reference.cite
    own = Text.of(**cite.title.plain()) if cite and cite.title else reference.title
    return own[language]


def bibtex(reference: Reference) -> str:
    """An entry of BibTeX; braces keep capitals, what is not verified says so in a note."""
    cite = reference.cite
    if cite is None:
        fields: dict[str, str | None] = {
            "title": f"{{{_title(reference, 'en')}}}",
            "howpublished": reference.fallback,
            "note": "no citation declared",
        }
        return _entry("misc", reference.id, fields)
    note = "details not verified" if cite.confidence == "unverified" else None
    fields = {
        "author": " and ".join(_braced(each) for each in cite.authors) or None,
        "title": f"{{{_title(reference, cite.original)}}}",
        "journal": cite.journal,
        "publisher": cite.publisher if cite.type == "book" else None,
        "howpublished": cite.publisher if cite.type == "data" else None,
        "address": cite.place,
        "year": str(cite.year) if cite.year else None,
        "volume": cite.volume,
        "number": cite.issue,
        "pages": cite.pages.replace("-", "--") if cite.pages else None,
        "doi": cite.doi,
        "url": cite.url,
        "note": note,
    }
    return _entry(TYPES[cite.type], reference.id, fields)


def _braced(author: str) -> str:
    """A name that BibTeX must not take apart: that of an office, or one in Chinese."""
    return author if ", " in author else f"{{{author}}}"


def _entry(kind: str, key: str, fields: Mapping[str, str | None]) -> str:
    lines = [f"  {name} = {{{_escaped(text)}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    for mark in ("&", "%", "#", "_"):
        text = text.replace(mark, f"\\{mark}")
    return text


def gbt7714(reference: Reference) -> str:
    """A reference in the style of GB/T 7714-2015, in the language of the work."""
    cite = reference.cite
    if cite is None:
        return f"{_title(reference, 'zh')}[DS]. {reference.fallback}".rstrip()
    chinese = cite.original == "zh"
    parts = []
    if cite.authors:
        names = [each if chinese else _upper(each) for each in cite.authors[:MOST_AUTHORS]]
        more = [("等" if chinese else "et al")] if len(cite.authors) > MOST_AUTHORS else []
        parts.append(", ".join([*names, *more]))
    online = "/OL" if cite.url or cite.doi else ""
    parts.append(f"{_title(reference, cite.original)}[{CODES[cite.type]}{online}]")
    if published := _published(cite):
        parts.append(published)
    if cite.doi:
        parts.append(f"DOI: {cite.doi}")
    elif cite.url:
        parts.append(cite.url)
    return ". ".join(parts) + "."


def _upper(author: str) -> str:
    """``Shan, Yuli`` as ``SHAN Y``."""
    family, _, given = author.partition(", ")
    initials = " ".join(each[:1] for each in given.replace("-", " ").split())
    return f"{family.upper()} {initials}".strip()


def _published(cite: Citation) -> str:
    if cite.type == "article":
        number = f"{cite.volume or ''}{f'({cite.issue})' if cite.issue else ''}"
        where = ", ".join(each for each in (cite.journal, str(cite.year or ""), number) if each)
        return f"{where}: {cite.pages}" if cite.pages else where
    place = ": ".join(each for each in (cite.place, cite.publisher) if each)
    return ", ".join(each for each in (place, str(cite.year or "")) if each)
