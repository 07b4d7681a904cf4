"""Parts of a zip archive, unpacked in pieces, and an archive of parts that are not packed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipInfo

PIECE = 2**18
_FEW, _SHORT = 64, 2**14
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def pieces_of(whole: bytes) -> Iterator[bytes]:
    """A part that is unpacked, piece by piece."""
    return (whole[at : at + PIECE] for at in range(0, len(whole), PIECE))


def unpacked(member: ZipInfo, stream: IO[bytes], most: int) -> bytes | None:
    """A whole part; None if it has more than ``most`` bytes."""
    if member.compress_type == ZIP_DEFLATED and 0 < member.compress_size <= PIECE:
        # Most parts are one piece: what they unpack to need not be put together.
        _find(member, stream)
        packed = stream.read(member.compress_size)
        if len(packed) < member.compress_size:
            raise BadZipFile(f"{member.filename} is cut off")
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        whole = unpacker.decompress(packed, max(most, 0) + 1)
        return whole if len(whole) <= most else None
    found, size = list[bytes](), 0
    for piece in pieces(member, stream):
        found.append(piece)
        size += len(piece)
        if size > most:
            return None
    return b"".join(found)


def holds(content: bytes, mark: bytes, rare: int) -> bool:
    """Whether a part holds a mark, told by one of its bytes where few others are the same: such a byte is found much faster.

    Parameters
    ----------
    content : the part
    mark : what is sought
    rare : place in the mark of a byte that cells hardly have
    """
    if len(content) < _SHORT:
        return mark in content
    byte, at = mark[rare : rare + 1], content.find(mark[rare : rare + 1])
    for _ in range(_FEW):
        if at < 0:
            return False
        if content.startswith(mark, max(at - rare, 0)):
            return True
        at = content.find(byte, at + 1)
    return at >= 0 and content.find(mark, max(at - rare, 0)) >= 0


_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_LAST = struct.Struct("<4sHHHHLLH")
_UTF8_NAMES, _ON_1980_01_01 = 0x800, 0x21


def stored(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of parts that are not packed."""
    found, directory, at = [], [], 0
    for name, content in parts.items():
        spelt = name.encode("utf-8", "surrogateescape")
        own = (
            _UTF8_NAMES,
            0,
            0,
            _ON_1980_01_01,
            zlib.crc32(content),
            len(content),
            len(content),
            len(spelt),
            0,
        )
        found += [_LOCAL.pack(b"PK\3\4", 20, *own), spelt, content]
        directory += [_CENTRAL.pack(b"PK\1\2", 20, 20, *own, 0, 0, 0, 0, at), spelt]
        at += _LOCAL.size + len(spelt) + len(content)
    listed = b"".join(directory)
    end = _LAST.pack(b"PK\5\6", 0, 0, len(parts), len(parts), len(listed), at, 0)
    return b"".join((*found, listed, end))


def _find(member: ZipInfo, stream: IO[bytes]) -> None:
    """Go to where the bytes of a part begin."""
    stream.seek(member.header_offset)
    signature, name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise BadZipFile(f"no part begins where {member.filename} should")
    stream.seek(name + extra, 1)


def pieces(member: ZipInfo, stream: IO[bytes]) -> Iterator[bytes]:
    """A part unpacked piece by piece: as much as there is, whatever size the archive states."""
    _find(member, stream)
    left = member.compress_size
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == ZIP_DEFLATED else None
    while left > 0:
        packed = stream.read(min(left, PIECE))
        if not packed:
            raise BadZipFile(f"{member.filename} is cut off")
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
        if unpacker.eof:
            return
    if unpacker is not None:
        yield unpacker.flush()
