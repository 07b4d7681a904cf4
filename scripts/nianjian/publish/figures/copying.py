"""PDFs out of which words can be copied with every reader.

A PDF says of each font which characters its codes stand for (``ToUnicode``). matplotlib writes this as ranges of codes
(``<00> <02> [<57ce> <5e02> <5e74>]``). That is allowed, but Ghostscript 10.00, which systems in use deliver, folds both bytes of
a range's character into one (城, 57CE, becomes ß, DF). Pairs of one code and its character it reads right, as other readers do;
ranges stay for Latin-1, whose first byte is nothing. What needs more than 16 bits (𠮷) it alone reads wrong in either form.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.backends import backend_pdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.figure import Figure

Pair = tuple[int, str]
"""A code of a font, and the characters that it shows."""
MOST = 100
"""Entries of a list, as Adobe's specification of CMaps has it."""
LATIN_1 = "\xff"
"""Its last character."""
_pdf: Any = backend_pdf
"""It has no types."""
_BLOCK = re.compile(rb"\d+ beginbfrange\s(.*?)endbfrange", re.DOTALL)
_RANGE = re.compile(rb"<([0-9a-f]+)>\s*<([0-9a-f]+)>\s*\[([^\]]*)\]")


def save(figure: Figure, path: Path, *, dpi: float, metadata: dict[str, Any]) -> None:
    """Write a figure as PDF.

    Parameters
    ----------
    dpi : of what is drawn in dots
    metadata : as ``Figure.savefig`` takes it
    """
    file = _File(path, metadata=metadata)
    try:
        _Page(file).savefig(figure, dpi=dpi)
        file.finalize()
    finally:
        file.close()


def plain(cmap: bytes) -> bytes:
    """A map to Unicode whose ranges are written as pairs, but those of Latin-1; other parts stay as they are."""

    def lists(block: re.Match[bytes]) -> bytes:
        pairs = [pair for entry in _RANGE.finditer(block[1]) for pair in _pairs(entry)]
        # Whatever else stands there is left to its writer.
        return _written(pairs) if pairs and not _RANGE.sub(b"", block[1]).strip() else block[0]

    return _BLOCK.sub(lists, cmap)


def _pairs(entry: re.Match[bytes]) -> Iterator[Pair]:
    shown = re.findall(rb"<([0-9a-f]+)>", entry[3])
    for code, characters in zip(range(int(entry[1], 16), int(entry[2], 16) + 1), shown, strict=True):
        yield code, bytes.fromhex(characters.decode()).decode("utf-16-be")


def _written(pairs: Iterable[Pair]) -> bytes:
    single, ranges = [], []
    for run in _runs(pairs):
        (code, shown), last = run[0], run[-1][0]
        if _of_latin_1(shown):
            ranges.append(f"<{code:04x}> <{last:04x}> <{_hex(shown)}>")
        else:
            single.append(f"<{code:04x}> <{_hex(shown)}>")
    found = [_list(single[i : i + MOST], "bfchar") for i in range(0, len(single), MOST)]
    found += [_list(ranges[i : i + MOST], "bfrange") for i in range(0, len(ranges), MOST)]
    return "\n".join(found).encode("ascii")


def _list(entries: Sequence[str], kind: str) -> str:
    return "\n".join([f"{len(entries)} begin{kind}", *entries, f"end{kind}"])


def _hex(shown: str) -> str:
    return shown.encode("utf-16-be").hex()


def _runs(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """Pairs, those in a row together whose codes and characters of Latin-1 follow each other."""
    run: list[Pair] = []
    for code, shown in pairs:
        if run and not _follows(run[-1], code, shown):
            yield run
            run = []
        run.append((code, shown))
    if run:
        yield run


def _follows(last: Pair, code: int, shown: str) -> bool:
    # Of both code and character only the last byte may grow.
    both = _of_latin_1(last[1]) and _of_latin_1(shown)
    return both and code == last[0] + 1 and code % 256 != 0 and ord(shown) == ord(last[1]) + 1


def _of_latin_1(shown: str) -> bool:
    return len(shown) == 1 and shown <= LATIN_1


class _File(_pdf.PdfFile):  # type: ignore[misc]
    """A PDF in which maps to Unicode are plain."""

    def outputStream(self, ref: Any, data: bytes, *, extra: Any = None) -> None:
        super().outputStream(ref, plain(data) if data.startswith(b"/CIDInit") else data, extra=extra)


class _Page(_pdf.PdfPages):  # type: ignore[misc]
    """What leads matplotlib to write into such a file."""

    def __init__(self, file: _File) -> None:
        super().__init__(None)
        self._given = file

    def _ensure_file(self) -> _File:
        return self._given
