"""Editions that circulate as archives: .zip read in memory, .rar and .7z by a program that is at hand.

A file within is called by its whole path, ``年鉴.zip/一、综合/2-1.xlsx``. Nothing is written below the folder of books, so no name
in an archive leads anywhere; what an archive may unpack to is limited.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nianjian.errors import InputError
from nianjian.extract.zips import unpacked
from nianjian.files import MAX_BYTES, read_bytes

SUFFIXES = (".zip", ".rar", ".7z")
PACKERS = ("bsdtar", "7z", "7zz", "7za", "unar", "unrar")
"""Programs that read .rar or .7z; the first that is at hand is taken."""
MAX_FILES = 20_000
MAX_UNPACKED_BYTES = 2**30
"""Of all files of an archive; the largest real edition has 20 million."""
MAX_RATIO = 200
MUCH = 2**26
MAX_DEPTH = 3
"""Archives within archives."""
SECONDS = 300
"""That a program may take for one archive."""
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_GHOST = re.compile(r"(^|/)(__MACOSX(/|$)|\.(?!\.?/)|~\$|Thumbs\.db$)", re.IGNORECASE)


def is_archive(file: str) -> bool:
    """Whether a file's name says that it is an archive."""
    return PurePosixPath(file).suffix.lower() in SUFFIXES


@dataclass(frozen=True)
class Member:
    """A file within an archive.

    Attributes
    ----------
    file : the archive's path and its own within
    content : None where it is not read
    problem : why not
    """

    file: str
    content: bytes | None
    problem: str = ""


class _Budget:
    """What an archive may unpack to, with all archives within it."""

    def __init__(self, name: str, packed: int, below: str) -> None:
        self.name, self.packed, self.left, self.files = name, packed, MAX_UNPACKED_BYTES, 0
        self.below = below

    def wants(self, file: str) -> bool:
        """Whether a file is one of those that are asked for, or an archive that may hold them."""
        return not self.below or f"{file}/".startswith(f"{self.below}/") or self.below.startswith(f"{file}/")

    def take(self, count: int) -> None:
        self.left -= count
        used = MAX_UNPACKED_BYTES - self.left
        if self.left < 0 or (used > MUCH and used > MAX_RATIO * self.packed):
            raise InputError(
                f"{self.name}: unpacks to more than {used - 1:,} bytes, which no edition does; not read (a damaged file or a zip bomb)"
            )

    def count(self, files: int) -> None:
        self.files += files
        if self.files > MAX_FILES:
            raise InputError(
                f"{self.name}: holds more than {MAX_FILES:,} files, which no edition does; not read"
            )


def members(root: Path, file: str, below: str = "") -> Iterator[Member]:
    """All files of an archive and of those within it, in the order of their names.

    Parameters
    ----------
    root : folder of the books
    file : the archive, relative to it
    below : folder or archive within it, by its whole path, to which alone one keeps; empty for all

    Raises
    ------
    InputError
        If it cannot be read as an archive; the message says what to do.
    UnreadableError
        If the computer cannot read it.
    """
    content = read_bytes(root / file, MAX_UNPACKED_BYTES)
    yield from _members(file, content, _Budget(file, len(content), below), 1)


def _members(file: str, content: bytes, budget: _Budget, depth: int) -> Iterator[Member]:
    if content.startswith(b"PK"):
        found = _of_zip(file, content, budget)
    else:
        found = _by_program(file, content, budget)
    for member in found:
        if member.content is None or not is_archive(member.file):
            yield member
        elif depth >= MAX_DEPTH:
            yield Member(member.file, None, f"an archive within {MAX_DEPTH} archives; unpack it")
        else:
            try:
                yield from _members(member.file, member.content, budget, depth + 1)
            except InputError as error:
                yield Member(member.file, None, str(error))


def _decoded(member: ZipInfo) -> str:
    """A file's name: Chinese Windows writes it in GBK, and macOS in UTF-8, without saying so."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", "surrogateescape")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/").removeprefix("./")


def _leads_out(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or bool(re.match(r"[A-Za-z]:", name))


def _of_zip(file: str, content: bytes, budget: _Budget) -> Iterator[Member]:
    try:
        with BytesIO(content) as stream, ZipFile(stream) as archive:
            entries: dict[str, list[ZipInfo]] = {}
            for entry in archive.infolist():
                name = _decoded(entry)
                if not name.endswith("/") and not _GHOST.search(name):
                    entries.setdefault(name, []).append(entry)
            budget.count(len(archive.infolist()))
            for name, found in sorted(entries.items()):
                whole = posixpath.join(file, posixpath.normpath(name).lstrip("/"))
                if not budget.wants(whole):
                    continue
                if _leads_out(name):
                    yield Member(
                        posixpath.join(file, PurePosixPath(name).name),
                        None,
                        f"its name leads out of the archive ({name!r}); rename it",
                    )
                elif len(found) > 1:
                    yield Member(whole, None, f"stands {len(found)} times in the archive; keep one of them")
                else:
                    yield _unpacked(whole, found[0], stream, budget)
    except (BadZipFile, OSError, struct.error, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{PurePosixPath(file).name}: is cut off or damaged ({error}); download or copy it again, or unpack it into a folder"
        ) from error


def _unpacked(file: str, member: ZipInfo, stream: IO[bytes], budget: _Budget) -> Member:
    if member.flag_bits & _ENCRYPTED:
        return Member(file, None, "is encrypted; unpack the archive with its password into a folder")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return Member(file, None, "is packed in a way that is not read; unpack the archive into a folder")
    try:
        content = unpacked(member, stream, min(MAX_BYTES, budget.left))
    except (BadZipFile, OSError, struct.error, zlib.error) as error:
        return Member(file, None, f"is cut off or damaged within the archive ({error}); copy it again")
    if content is None:
        budget.take(min(MAX_BYTES, budget.left) + 1)
        return Member(file, None, f"has more than the {MAX_BYTES:,} bytes that can be read")
    budget.take(len(content))
    if zlib.crc32(content) != member.CRC:
        return Member(file, None, "is damaged within the archive (its checksum differs); copy it again")
    return Member(file, content)


def packer() -> str | None:
    """A program at hand that reads .rar and .7z."""
    return next((found for name in PACKERS if (found := shutil.which(name))), None)


def _by_program(file: str, content: bytes, budget: _Budget) -> Iterator[Member]:
    """Files of a .rar or .7z, unpacked by a program into a folder that is removed again."""
    name = PurePosixPath(file).name
    program = packer()
    if program is None:
        raise InputError(
            f"{name}: no program is at hand that reads it; unpack it into a folder, or install one of {', '.join(PACKERS)}"
        )
    with tempfile.TemporaryDirectory(prefix="nianjian-") as folder:
        archive, target = Path(folder, f"archive{PurePosixPath(file).suffix}"), Path(folder, "files")
        archive.write_bytes(content)
        target.mkdir()
        _run(program, archive, target, name)
        paths = sorted(
            Path(place, each)
            for place, _, names in os.walk(target)
            for each in names
            if not Path(place, each).is_symlink() and Path(place, each).is_file()
        )
        budget.count(len(paths))
        for path in paths:
            below = path.relative_to(target).as_posix()
            if not _GHOST.search(below) and budget.wants(posixpath.join(file, below)):
                budget.take(path.stat().st_size)
                yield Member(posixpath.join(file, below), read_bytes(path))


def _run(program: str, archive: Path, target: Path, name: str) -> None:
    kind = Path(program).name
    if kind == "bsdtar":
        command = [program, "-x", "-f", str(archive), "-C", str(target)]
    elif kind == "unar":
        command = [
            program,
            "-quiet",
            "-no-directory",
            "-password",
            "",
            "-output-directory",
            str(target),
            str(archive),
        ]
    elif kind == "unrar":
        command = [program, "x", "-p-", "-inul", str(archive), f"{target}/"]
    else:
        command = [program, "x", "-y", "-p", "-bd", f"-o{target}", str(archive)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=_limit if os.name == "posix" else None,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{name}: takes {kind} more than {SECONDS} seconds; unpack it into a folder"
        ) from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf8", "replace").split())[-200:]
        raise InputError(
            f"{name}: cannot be unpacked by {kind} ({said or f'it ended with {done.returncode}'}); it may be damaged or need a "
            "password: unpack it into a folder"
        )


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_UNPACKED_BYTES, MAX_UNPACKED_BYTES))


def names(path: Path) -> list[str]:
    """Names of the files in a .zip, without those of archives within; of any other archive none, since that takes a program.

    Parameters
    ----------
    path : of the archive
    """
    try:
        with ZipFile(path) as archive:
            found = sorted(
                name
                for entry in archive.infolist()[:MAX_FILES]
                if not (name := _decoded(entry)).endswith("/")
                and not _GHOST.search(name)
                and not _leads_out(name)
            )
    except (BadZipFile, OSError, ValueError, struct.error, NotImplementedError):
        return []
    return [posixpath.normpath(name) for name in found]


def split(root: Path, file: str) -> str | None:
    """The archive that a path leads into, relative to ``root``; None where it leads into none."""
    if not any(suffix in file.lower() for suffix in SUFFIXES):
        return None
    parts = PurePosixPath(file).parts
    for count in range(1, len(parts) + 1):
        below = "/".join(parts[:count])
        if is_archive(below) and (root / below).is_file():
            return below
    return None


def read(root: str | Path, file: str) -> bytes:
    """The bytes of a book, which may stand in an archive: ``年鉴.zip/一、综合/2-1.xlsx``.

    Raises
    ------
    InputError
        If it cannot be read, or is not there.
    """
    root = Path(root)
    archive = split(root, file)
    if archive is None or archive == file:
        return read_bytes(root / file)
    for member in members(root, archive, file):
        if member.file == file:
            if member.content is None:
                raise InputError(f"{file}: {member.problem}")
            return member.content
    raise InputError(f"{file}: {archive} holds no such file")
