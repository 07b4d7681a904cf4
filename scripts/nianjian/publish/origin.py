"""What a publication output was made from, and how it says so on its face."""

from __future__ import annotations

from dataclasses import dataclass

from nianjian.books import OWN
from nianjian.errors import DeclarationError
from nianjian.text import Text, said_apart, said_in_all, word

SIMULATED = word("origin.simulated")
BANNER = said_in_all(SIMULATED)
"""On everything that is made from simulated data, in all languages."""


@dataclass(frozen=True)
class Origin:
    """Simulated books, or real ones with the label by which the run calls them; and own files beside them."""

    label: str | None
    own: str = ""

    @classmethod
    def parse(cls, origin: str) -> Origin:
        """Read ``simulated`` or ``real: <label>``, either with `` | own: <files>`` behind it.

        Raises
        ------
        DeclarationError
            For anything else: an output of unknown origin must not look like a real one.
        """
        books, _, own = origin.partition(OWN)
        if books == "simulated":
            return cls(None, own)
        kind, _, label = books.partition(":")
        if kind != "real" or not label.strip():
            raise DeclarationError(
                f"origin {origin!r}: expected 'simulated' or 'real: <label of the books>'; "
                "say what this output was made from"
            )
        return cls(label.strip(), own)

    @property
    def simulated(self) -> bool:
        return self.label is None

    @property
    def mark(self) -> str:
        """What each row of a data file carries, so that rows copied elsewhere still say it."""
        books = BANNER if self.simulated else f"real: {self.label}"
        return f"{books}; {said_in_all(word('origin.own', files=self.own))}" if self.own else books

    @property
    def note(self) -> Text | None:
        """The note under a table; outputs of simulated books alone carry the banner on top instead."""
        if self.label is None:
            return word("origin.simulated_own", files=self.own) if self.own else None
        label = said_apart(self.label)
        return (
            word("origin.data_own", label=label, files=self.own)
            if self.own
            else word("origin.data", label=label)
        )
