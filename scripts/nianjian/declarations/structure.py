"""What a YAML file may be made of, checked on the stream of its events: before anything is built of it.

YAML can name classes of Python, refer to itself, and stand for more than a memory holds in a few hundred bytes; a list within
a list fifty thousand times over ends the process in the parser. Declarations need none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from nianjian import printable
from nianjian.errors import DeclarationError

MAX_BYTES = 8 * 2**20
"""Of a file; the largest of the project's has 0.1 MB."""
MAX_DEPTH = 64
"""Of lists and mappings inside each other, aliases written out; the project's deepest file has 11 levels."""
MAX_ENTRIES = 250_000
"""Words, lists and mappings of a file, aliases written out; the project's largest has 8,000."""
MAX_DIGITS = 18
"""Of a whole number: all that fits in eight bytes."""


class Unfit(DeclarationError):
    """A file is no declaration; the message says where and what to do."""


@dataclass
class _Size:
    """How much stands below a node: entries, and levels."""

    entries: int = 1
    depth: int = 0


@dataclass
class _Walk:
    """Sizes of the nodes that are open, the outermost first, and of those that have an anchor."""

    shown: str
    open: list[tuple[_Size, str | None]] = field(default_factory=lambda: [(_Size(), None)])
    anchors: dict[str, _Size | None] = field(default_factory=dict)

    def fail(self, event: Any, what: str) -> Unfit:
        mark = event.start_mark
        return Unfit(f"{self.shown}, line {mark.line + 1}, column {mark.column + 1}: {what}")

    def see(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            size, anchor = self.open.pop()
            if anchor:
                self.anchors[anchor] = size
            self._add(event, size)

    def _add(self, event: Any, size: _Size) -> None:
        above = self.open[-1][0]
        above.entries += size.entries
        above.depth = max(above.depth, size.depth + 1)
        if above.entries > MAX_ENTRIES:
            raise self.fail(
                event, f"more than {MAX_ENTRIES} entries, aliases (*) written out; take aliases out"
            )
        # The outermost of those that are open is the file itself.
        if above.depth + len(self.open) - 2 > MAX_DEPTH:
            raise self._too_deep(event)

    def _too_deep(self, event: Any) -> Unfit:
        return self.fail(
            event, f"more than {MAX_DEPTH} lists and mappings inside each other; take levels out"
        )

    def _alias(self, event: Any) -> None:
        size = self.anchors.get(event.anchor, _Size())  # one that is nowhere is the parser's to name
        if size is None:
            raise self.fail(event, f"*{event.anchor} stands within itself; write out what is meant")
        self._add(event, size)

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        if found := printable.control(event.value):
            raise self.fail(event, f"the text holds the control character {found}; take it out")
        if event.anchor:
            self.anchors[event.anchor] = _Size()
        self._add(event, _Size())

    def _start(self, event: Any) -> None:
        self._check_tag(event)
        if len(self.open) > MAX_DEPTH:
            raise self._too_deep(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append((_Size(), event.anchor))

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.fail(event, f"the tag {shown} is not read; write the plain value without it")


def check(text: str, loader: Any, shown: str) -> None:
    """Look through a file's events.

    Raises
    ------
    Unfit
        If it has tags or control characters, or is nested or repeated without bounds.
    yaml.YAMLError
        If it is no YAML.
    """
    walk = _Walk(shown)
    for event in yaml.parse(text, Loader=loader):
        walk.see(event)
