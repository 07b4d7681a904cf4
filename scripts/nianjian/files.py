"""Files are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nianjian import runs
from nianjian.errors import InputError, NianjianError, UnreadableError, explained, remedy


class StorageError(NianjianError):
    """A table does not fit its schema, or could not be written whole."""


def sha256(path: str | Path) -> str:
    """Digest of a file of any size, read piece by piece.

    Raises
    ------
    UnreadableError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(error, Path(path)) from error


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place only if the block succeeds.

    Readers never see half a file: a failed or killed writer leaves the old file, or none.

    Raises
    ------
    StorageError
        If the computer cannot write it.
    RunEnded
        If the run that this job belongs to is dead.
    """
    path = Path(path)
    part: Path | None = None
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a killed writer of the same file left; two writers of one file never run at once.
            for stale in path.parent.glob(f".{path.name}.*.part*"):
                stale.unlink(missing_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            os.close(handle)
            part = Path(name)
            yield part
            with open(part, "rb") as written:
                os.fsync(written.fileno())
            part.chmod(0o644)
            runs.check_wanted()
            part.replace(path)
        finally:
            # A database keeps a log beside its file.
            for left in () if part is None else (part, part.with_name(f"{part.name}.wal")):
                with suppress(OSError):
                    left.unlink(missing_ok=True)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Name the file that the block writes where the computer cannot: a full disk alone says neither which nor what to do.

    Raises
    ------
    StorageError
        If the computer cannot write it.
    """
    path = Path(path)
    try:
        yield
    except NianjianError:
        raise
    except Exception as error:
        found = remedy(error) if _is_of(error, path) else None
        if found is None:
            raise
        raise StorageError(
            f"{path}: could not be written ({found[0]}); {found[1]}, then run again"
        ) from error


def _is_of(error: Exception, path: Path) -> bool:
    """Whether an error may be one of writing a file, and not of another that is read meanwhile."""
    named = getattr(error, "filename", None)
    if not isinstance(named, str | os.PathLike):
        return True
    # Temporary files are named with their whole path.
    own, path = Path(named).absolute(), path.absolute()
    return own.parent == path.parent or own in path.parents


MAX_BYTES = 256 * 2**20
"""Of a file that is read at once; the largest of 2,137 real workbooks has 1.4 million bytes."""


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """The whole file at once: one that is copied anew meanwhile is read as it was or as it is, not as a mixture.

    Raises
    ------
    InputError
        If it has more than ``most`` bytes.
    UnreadableError
        If it cannot be read at all: that is no property of the book, and no result may be made without it.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise _unreadable(error, path) from error
    if len(content) > most:
        raise InputError(
            f"{path.name}: has more than the {most:,} bytes that can be read; split it, or keep the tables, columns and years "
            "that are needed"
        )
    return content


def _unreadable(error: OSError, path: Path) -> UnreadableError:
    return UnreadableError(
        explained(error, path)
        or f"{path}: cannot be read ({error.strerror}); see that it is there, then run again"
    )


@contextmanager
def unchanged(paths: Iterable[str | Path]) -> Iterator[None]:
    """Files that the block reads must be the same after it as before.

    A book that is replaced while it is read would else stand as read: what came of the old one looks newer than the new one.

    Raises
    ------
    InputError
        If one was changed meanwhile.
    """
    before = {path: _state(path) for path in map(Path, paths)}
    yield
    for path, state in before.items():
        if _state(path) != state:
            raise InputError(
                f"{path}: was changed while it was read; wait until it is copied, then run again"
            )


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        own = path.stat()
    except OSError:
        return None
    return own.st_ino, own.st_size, own.st_mtime_ns
