"""What a publication output was made from, and how it says so on its face."""

from __future__ import annotations

from dataclasses import dataclass

from nianjian.errors import DeclarationError
from nianjian.text import Text, said_apart, said_in_all, word

SIMULATED = word("origin.simulated")
BANNER = said_in_all(SIMULATED)
"""On everything that is made from simulated data, in all languages."""


@dataclass(frozen=True)
class Origin:
    """Simulated books, or real ones with the label by which the run calls them."""

    label: str | None

    @classmethod
    def parse(cls, origin: str) -> Origin:
        """Read ``simulated`` or ``real: <label>``.

        Raises
        ------
        DeclarationError
            For anything else: an output of unknown origin must not look like a real one.
        """
        if origin == "simulated":
            return cls(None)
        kind, _, label = origin.partition(":")
        if kind != "real" or not label.strip():
            raise DeclarationError(
                f"origin {origin!r}: expected 'simulated' or 'real: <label of the books>'; "
                "say what this output was made from"
            )
        return cls(label.strip())

    @property
    def simulated(self) -> bool:
        return self.label is None

    @property
    def mark(self) -> str:
        """What each row of a data file carries, so that rows copied elsewhere still say it."""
        return BANNER if self.simulated else f"real: {self.label}"

    @property
    def note(self) -> Text | None:
        """The note under a table; simulated outputs carry the banner on top instead."""
        return None if self.label is None else word("origin.data", label=said_apart(self.label))
