"""The pieces of a kind that can be split over jobs: made, kept beside its output, gathered.

A part is a Parquet file with the pieces of one chunk, ``{output}.parts/{first}-{last}.parquet``. Its name says which pieces
it holds, so that parts of another split, which may lie there too, are no one's input; what they were made from stands in its
metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from nianjian.declarations.store import digest_of
from nianjian.files import StorageError, replacing
from nianjian.kinds.splitting import blocks

if TYPE_CHECKING:
    from nianjian.kinds.base import Params
    from nianjian.kinds.registry import Kind

METADATA = b"nianjian"


def made_from(declared: Mapping[str, Any], seed: int) -> str:
    """Digest of what pieces depend on beside data and code.

    Parameters
    ----------
    declared : with ``study``, ``name`` and ``entry``
    seed : the run's
    """
    return digest_of([declared["study"], declared["name"], declared["entry"], seed])


def draw(kind: Kind, params: Params, data: Any, context: Any, piece: range) -> pa.Table:
    """Rows of some pieces, made block by block."""
    make = kind.drawer(params, data, context)
    made = [pa.Table.from_pandas(make(each), preserve_index=False) for each in blocks(piece, kind.block)]
    return _joined(made)


def built(
    kind: Kind, params: Params, data: Any, context: Any, parts: Sequence[str | Path] = (), digest: str = ""
) -> Any:
    """What a kind builds.

    Parameters
    ----------
    parts : files of all its pieces, in any order; none: they are made here
    digest : :func:`made_from` of the job

    Raises
    ------
    StorageError
        If a part was made from something else, or some pieces are in no part, or in two.
    """
    if not kind.splits:
        return kind.build(params, data, context)
    pieces = kind.pieces(params)
    if parts:
        drawn = gather(parts, pieces, digest)
    else:
        drawn = draw(kind, params, data, context, pieces) if pieces else _joined([])
    return kind.build(params, data, context, drawn.to_pandas(use_threads=False))


def write_part(drawn: pa.Table, path: str | Path, piece: range, digest: str) -> None:
    """Write the rows of some pieces, with what they were made from."""
    about = {"from": digest, "first": piece.start, "last": piece.stop}
    text = json.dumps(about, sort_keys=True).encode()
    with replacing(path) as part:
        pq.write_table(drawn.replace_schema_metadata({METADATA: text}), part, compression="zstd")


def gather(parts: Sequence[str | Path], pieces: range, digest: str) -> pa.Table:
    """Rows of all pieces, in their order; see :func:`built`."""
    held: list[tuple[int, int, pa.Table]] = []
    for path in parts:
        table = pq.read_table(path, use_threads=False)
        about = json.loads((table.schema.metadata or {}).get(METADATA, b"{}"))
        if about.get("from") != digest:
            raise StorageError(
                f"{path}: it was drawn for another declaration or seed; delete it, and it is made anew"
            )
        held.append((about["first"], about["last"], table))
    held.sort(key=lambda part: part[:2])
    if [0, *(last for _, last, _ in held)] != [*(first for first, _, _ in held), len(pieces)]:
        shown = ", ".join(f"{first + 1} to {last}" for first, last, _ in held)
        raise StorageError(
            f"{Path(path).parent}: of {len(pieces)} pieces the parts hold {shown}; delete them, and they are made anew"
        )
    return _joined([table for _, _, table in held])


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One below another; a column of whole numbers here and of fractions there holds fractions."""
    plain = [table.replace_schema_metadata(None) for table in tables]
    return pa.concat_tables(plain, promote_options="permissive") if plain else pa.table({})
