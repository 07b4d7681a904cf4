"""The samples of a multiverse one after the other, in one job or split over several."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nianjian.declarations.store import digest_of
from nianjian.errors import NianjianError
from nianjian.estimators.together import Effect
from nianjian.files import StorageError, replacing
from nianjian.kinds.drawn import METADATA
from nianjian.multiverse.content import Content
from nianjian.multiverse.estimating import Found, OnSample
from nianjian.multiverse.frames import Frames, about
from nianjian.multiverse.permuting import Ints, permutations


def run_samples(
    content: Content, numbers: range, frames: Frames, *, seed: int, cities: Path | None
) -> tuple[Found, list[dict[str, int]]]:
    """Points of some samples, and rows of the schema ``SAMPLES``.

    Raises
    ------
    NianjianError
        If the study's own point, or its sample, cannot be made.
    """
    found, samples = Found(), list[dict[str, int]]()
    exchanges: dict[int, Ints] = {}
    for number in numbers:
        points = content.of_sample(number)
        try:
            count = len(frames.cities(content.sample(number)))
            if count not in exchanges:
                exchanges[count] = permutations(
                    count, int(content.plain["permutations"]), seed, content.study
                )
            sample = OnSample(content, number, frames, exchanges[count], seed=seed, cities=cities)
        except NianjianError as error:
            if any(point.own for point in points):
                raise
            found.reasons |= {point.name: str(error) for point in points}
            continue
        samples.append(about(number, sample.base))
        own = sample.run()
        for name in ("effects", "reasons", "estimates", "p_values"):
            getattr(found, name).update(getattr(own, name))
        logging.info("sample %d of %d: %d points", number + 1, len(content.samples), len(points))
    return found, samples


def write_part(
    content: Content, numbers: range, found: Found, samples: Sequence[Mapping[str, int]], path: str | Path
) -> None:
    """Write the points of some samples, with what they were made from."""
    names = sorted({*found.effects, *found.reasons}, key=int)
    table = pa.table(
        {
            "name": names,
            "effect": [
                json.dumps(asdict(found.effects[each])) if each in found.effects else None for each in names
            ],
            "reason": [found.reasons.get(each) for each in names],
            **{
                key: pa.array([_listed(held.get(each)) for each in names], type=pa.list_(pa.float64()))
                for key, held in (("estimates", found.estimates), ("p_values", found.p_values))
            },
        }
    )
    facts = {
        "from": digest_of(content.plain),
        "first": numbers.start,
        "last": numbers.stop,
        "samples": [dict(each) for each in samples],
    }
    with replacing(path) as part:
        metadata = {METADATA: json.dumps(facts, sort_keys=True).encode()}
        pq.write_table(table.replace_schema_metadata(metadata), part, compression="zstd")


def _listed(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else values.tolist()


def read_parts(content: Content, paths: Sequence[str | Path]) -> tuple[Found, list[dict[str, int]]]:
    """Points of all samples from the parts that jobs made.

    Raises
    ------
    StorageError
        If a part was made from something else, or some samples are in no part, or in two.
    """
    found, samples, held = Found(), list[dict[str, int]](), list[int]()
    for path in paths:
        table = pq.read_table(path, use_threads=False)
        facts = json.loads((table.schema.metadata or {}).get(METADATA, b"{}"))
        if facts.get("from") != digest_of(content.plain):
            raise StorageError(f"{path}: it was made for another declaration; delete it, and it is made anew")
        held += range(facts["first"], facts["last"])
        samples += facts["samples"]
        for row in table.to_pylist():
            if row["effect"] is not None:
                found.effects[row["name"]] = Effect(**json.loads(row["effect"]))
            if row["reason"] is not None:
                found.reasons[row["name"]] = row["reason"]
            if row["estimates"] is not None:
                found.estimates[row["name"]] = np.array(row["estimates"])
                found.p_values[row["name"]] = np.array(row["p_values"])
    if sorted(held) != list(content.samples):
        raise StorageError(f"{Path(paths[0]).parent}: the parts do not hold each sample once; delete them")
    return found, samples
