"""Errors whose message is written for the researcher who reads it.

Each names the place (file, sheet and cell, or YAML key), says what was expected, and what to do.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nianjian import printable

T = TypeVar("T")
S = TypeVar("S")


class NianjianError(Exception):
    """Base of every error that the workflow raises on purpose.

    What files, cells and keys bring into a message is shown, never obeyed: see :func:`nianjian.printable.message`.
    """

    def __str__(self) -> str:
        return printable.message(super().__str__())


class InputError(NianjianError):
    """A raw file, sheet or cell cannot be used."""


class UnreadableError(InputError):
    """A raw file is there, but the computer cannot read it: rights, a drive that fails. What it holds is not known."""


class DeclarationError(NianjianError):
    """Something in ``config/`` is wrong; the message names the file and the key."""


class FormulaError(DeclarationError):
    """A declared formula cannot be parsed, names an unknown item, or mixes units."""


class Mistakes:
    """Mistakes that do not hang together, gathered so that one message says all of them."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Note what is wrong within, and go on behind it."""
        try:
            yield
        except DeclarationError as error:
            self.found += [line for line in str(error).split("\n") if line not in self.found]

    def each(self, read: Callable[[T], S], entries: Iterable[T]) -> tuple[S, ...]:
        """What ``read`` makes of every entry.

        Raises
        ------
        DeclarationError
            With the mistakes of all entries.
        """
        made: list[S] = []
        for entry in entries:
            with self.caught():
                made.append(read(entry))
        self.tell()
        return tuple(made)

    def tell(self) -> None:
        """Raise what was found, if anything was.

        Raises
        ------
        DeclarationError
            With a line for each mistake.
        """
        if self.found:
            raise DeclarationError("\n".join(self.found))


class SampleError(NianjianError):
    """A study's sample cannot be built as declared."""


class EstimationError(NianjianError):
    """A specification cannot be estimated on this sample."""


SPACE = "free space there, or move the folder to a larger disk"
RIGHTS = "give yourself the right to read and write there, or work in another folder"
DRIVE = "check the disk or network drive"
REMEDIES = {
    code: remedy
    for names, remedy in (
        ("ENOSPC EDQUOT", SPACE),
        ("EFBIG", f"raise the largest size of a file (`ulimit -f unlimited`), or {SPACE}"),
        ("EROFS EACCES EPERM", RIGHTS),
        ("EIO ESTALE ETIMEDOUT EHOSTDOWN ENOTCONN ENODEV ENXIO", DRIVE),
        ("ENOMEM", "close other programs, or run with fewer --cores"),
        ("EMFILE ENFILE", "raise the number of open files (`ulimit -n 4096`)"),
        ("ENAMETOOLONG", "shorten the names of its folders"),
        ("ETXTBSY EBUSY", "close the program that holds it"),
    )
    for name in names.split()
    if (code := getattr(errno, name, None)) is not None
}
"""Number of an error of the operating system to what helps: none of them is a fault of the program."""


def remedy(error: BaseException) -> tuple[str, str] | None:
    """What failed and what helps, where the computer failed and not the program; None where it is no such failure.

    Libraries that write by themselves report a full disk in exceptions of their own: there its words decide.
    """
    if isinstance(error, MemoryError):
        code: int | None = errno.ENOMEM
    elif isinstance(error, OSError) and error.errno is not None:
        code = error.errno
    else:
        said = str(error).lower()
        code = next((known for known in REMEDIES if os.strerror(known).lower() in said), None)
    return None if code is None or code not in REMEDIES else (os.strerror(code), REMEDIES[code])


def explained(error: BaseException, path: object = None) -> str | None:
    """What to say of a failure of the computer; None where it is none.

    Parameters
    ----------
    path : the file that was meant, where the error names none
    """
    found = remedy(error)
    if found is None:
        return None
    named = getattr(error, "filename", None) or path
    return (
        f"{named}: {found[0]}; {found[1]}, then run again"
        if named
        else f"{found[0]}; {found[1]}, then run again"
    )


def full_disk(folder: str | Path, least: int = 2**20) -> str | None:
    """What to say where the disk of a folder has less than ``least`` bytes left; None where it has more."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return None if free >= least else explained(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder)


def study_file(study: str) -> str:
    """Where a study or ``study-variant`` is declared, for messages."""
    base, _, variant = study.partition("-")
    return f"config/studies/{base}.yaml{f' (variant {variant})' if variant else ''}"
