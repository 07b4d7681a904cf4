"""Labels of tables where county-level cities stand, read by the block of their province.

Such tables list the provinces in the book's order, and below each its cities in an order that is no code's: in the editions
1985-1997 both levels together, later the county-level cities in a chapter of their own. So the rows around a label say in which
province it lies, and the rest of the list which cities of that province are still to come.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from nianjian.panel.gazetteer import (
    CITY,
    CLOSE,
    OUT_OF_ORDER,
    PROVINCE,
    UNKNOWN,
    Gazetteer,
    Reading,
    Region,
    unknown,
)

# ASSUME: a list by rank is of all cities if it lacks less than a tenth of them.
LACKING = 0.1


class Block(NamedTuple):
    """Where a label stands.

    Attributes
    ----------
    before, after : the nearest known codes, as listed in ``year``, before and after it (0 for none)
    kinds : kinds of the cities that the table lists
    listed : names of all regions that its column lists or, in a list that is not by province, its file
    rising : whether the column follows the codes
    twin : 1 or 2 for the first or second of two labels of the shared name with nothing known between them
    """

    before: int
    after: int
    year: int
    kinds: Collection[str]
    listed: Collection[str]
    rising: bool = False
    twin: int = 0

    @property
    def provinces(self) -> set[int]:
        """First two digits of the provinces that a label can belong to."""
        return {code // 10000 for code in (self.before, self.after) if code}


class BlockReader:
    """Reads what a label's text does not settle, by the block it stands in."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def read(self, text: str, english: str, block: Block, in_order: bool) -> Reading:
        """What text and block say together; the block says nothing where the table is not ``in_order``."""
        gazetteer, year = self._gazetteer, block.year
        core = gazetteer.labels.normalise(text)
        if core == gazetteer.labels.shared_name:
            return self._read_shared(block)
        aliases = [
            alias
            for alias in gazetteer.aliases_of(core, year, block.kinds)
            if alias.region is None or alias.region.exists(year)
        ]
        if not in_order or not block.provinces:
            reading = gazetteer.read_anywhere(aliases, year, block.kinds)
            return reading if reading.kind != UNKNOWN else self._read_complete(text, english, reading, block)
        fitting = [
            alias
            for alias in aliases
            if alias.region is None or gazetteer.listed(alias.region, year) // 10000 in block.provinces
        ]
        if len(fitting) == 1:
            return gazetteer.of_alias(fitting[0], year, block.kinds)
        missing = self._missing(block)
        near = self._near(text, english, missing, block)
        if near is not None:
            return gazetteer.of_resembling(near, text, year)
        certain = gazetteer.read_anywhere(aliases, year, block.kinds)
        if certain.kind != UNKNOWN:
            return certain
        names = "、".join(region.name for region in missing) if len(missing) <= CLOSE else ""
        return unknown(names and f"its place suggests {names}")

    def read_strayed(self, text: str, english: str, reading: Reading, block: Block) -> Reading:
        """A label that names a city of another province than all around it."""
        near = self._near(text, english, self._missing(block), block)
        if near is not None:
            return self._gazetteer.of_stray(near, reading)
        return reading._replace(problem=reading.problem or OUT_OF_ORDER)

    def belongs(self, reading: Reading, block: Block) -> bool:
        """Whether a city may stand where it does, by its province in the year or one beside it."""
        home = self._gazetteer.provinces(reading.name or "", reading.kind, block.year)
        return not home or any(block.before // 10000 <= each <= block.after // 10000 for each in home)

    def _read_complete(self, text: str, english: str, reading: Reading, block: Block) -> Reading:
        """A label of a list by rank: what it resembles of the few cities that the list lacks, if it lists nearly all."""
        gazetteer, year = self._gazetteer, block.year
        cities = [each for each in gazetteer.alive(year, block.kinds) if each.kind != PROVINCE]
        missing = [each for each in cities if each.in_force(year) and each.name not in block.listed]
        if len(missing) > LACKING * len(cities):
            return reading
        near = gazetteer.resembling(text, english, missing, year, any_of=())
        return gazetteer.of_missing(near[0]) if len(near) == 1 else reading

    def _near(self, text: str, english: str, missing: Sequence[Region], block: Block) -> Region | None:
        """The missing region that a label resembles, if that is one: between its neighbours where codes rise."""
        between = [region for region in missing if block.before < region.code < block.after]
        for among in (between, missing) if block.rising else (missing,):
            in_force = [region for region in among if region.in_force(block.year)]
            for these in (among, in_force):  # of two that may stand there, the one that was a city that year
                near = self._gazetteer.resembling(text, english, these, block.year, any_of=these)
                if len(near) == 1:
                    return near[0]
        return None

    def _missing(self, block: Block) -> list[Region]:
        """Regions of the block's provinces that the column does not list, as far as the table lists their kind."""
        gazetteer = self._gazetteer
        found: dict[str, Region] = {}
        for region in gazetteer.alive(block.year, block.kinds):
            home = gazetteer.listed(region, block.year) // 10000
            # Where a code or a level changed, two regions of one name may stand here: the one in force counts.
            if (
                home in block.provinces
                and region.name not in block.listed
                and (region.name not in found or region.in_force(block.year))
            ):
                found[region.name] = region
        return list(found.values())

    def _read_shared(self, block: Block) -> Reading:
        """吉林: the province where its block begins, the city within it."""
        province, city = self._gazetteer.shared()
        if CITY not in block.kinds:
            return Reading.of(province, "position")
        if not self._gazetteer.province_names & set(block.listed):
            return Reading.of(city, "position")  # a list of cities only
        home = province.code // 10000
        if block.twin == 2 or (block.twin == 0 and block.before // 10000 == home):
            return Reading.of(city, "position")
        if block.twin == 1 or (block.after // 10000 == home and block.before):
            return Reading.of(province, "position")
        return Reading.of(city, "position", f"taken for the city; it could stand for {province.name} here")
