"""Files are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nianjian.errors import NianjianError


class StorageError(NianjianError):
    """A table does not fit its schema, or could not be written whole."""


def sha256(path: str | Path) -> str:
    """Digest of a file of any size, read piece by piece."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place only if the block succeeds.

    Readers never see half a file: a failed or killed writer leaves the old file, or none.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # What a killed writer of the same file left; two writers of one file never run at once.
    for stale in path.parent.glob(f".{path.name}.*.part"):
        stale.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path}: could not be written ({error.strerror or error}); free space or rights are missing, then run again"
        ) from error
    finally:
        part.unlink(missing_ok=True)
