"""Plain values of a multiverse: overlays laid together, and what samples and indices say, compared and written short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nianjian.declarations.store import digest_of
from nianjian.kinds.entries import Entry

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Digested:
    """Plain values that are compared by their digest."""

    plain: Any
    digest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.plain))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digested) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def joined(one: Raw, other: Raw) -> dict[str, Any]:
    """Two overlays as one; unlike :func:`merged` it keeps nulls, which take keys away where the overlay is laid."""
    found = dict(one)
    for key, value in other.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = joined(found[key], value) if both else value
    return found


def items_of(sample: Raw) -> list[str]:
    """Columns of the panel that a sample reads."""
    boundary = sample.get("boundary") or {}
    return [*sample["items"], *(ratio["part"] for ratio in boundary.get("ratios", ()))]


def paths(overlay: Raw, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Keys that an overlay replaces."""
    for key, value in overlay.items():
        path = (*above, str(key))
        if isinstance(value, Mapping) and value:
            yield from paths(value, path)
        else:
            yield path


def unlabelled(entry: Entry) -> dict[str, Any]:
    """An index as jobs get it: what tables call it moves no score."""
    plain = entry.plain()
    bare = without_labels(plain["params"])
    try:
        entry.kind.params.model_validate(bare, strict=False)
    except ValueError:  # a kind of a workspace whose label must be there
        bare = plain["params"]
    return {"kind": plain["kind"], "params": bare}


def without_labels(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: without_labels(own) for key, own in value.items() if key != "label"}
    return [without_labels(each) for each in value] if isinstance(value, list) else value


def ordered(indices: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Indices as a list, whose order JSON keeps."""
    return [{"name": name, "entry": entry} for name, entry in indices.items()]


def factored(plains: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What all samples say alike, and what each says otherwise: the lists of cities and policies are long."""
    first = plains[0]
    common = {key: own for key, own in first.items() if all(each.get(key) == own for each in plains)}
    return common, [{key: own for key, own in each.items() if key not in common} for each in plains]
