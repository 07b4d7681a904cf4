"""Everything → nianjian.duckdb, for the DuckDB shell, Python or R."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs
from nianjian.catalog.comments import Commented, StudyWords
from nianjian.catalog.declared import frames
from nianjian.catalog.writing import LOCAL, Part, Stored, View, build_catalog, quoted, stacked_views
from nianjian.declarations import store
from nianjian.declarations.models.items import Item
from nianjian.reference.english import unambiguous


def build(catalog: str | Path, declared: Mapping[str, Any], cities: str | Path, origin: str) -> None:
    """Write the catalogue: the stages' tables, tables of what is declared, and a comment on each of them.

    Parameters
    ----------
    catalog : DuckDB file to write
    declared : as :class:`nianjian.plan.catalogue.CataloguePlan` tells it
    cities : table of all cities
    origin : of the books
    """
    items = {name: Item.model_validate(own) for name, own in declared["items"]}
    studies = {name: StudyWords.read(name, declared["studies"][name]) for name in declared["order"]}
    stored = [
        Stored(
            each["name"],
            each["about"],
            each.get("study", ""),
            each.get("says", {}),
            [Part(part["files"], part["constants"]) for part in each["parts"]],
            each.get("sparse", False),
            each.get("order", ()),
        )
        for each in declared["tables"]
    ]
    own = {
        "books": pd.DataFrame({"books": [origin]}),
        "cities": _cities(cities),
        **frames(declared, items, studies),
    }
    build_catalog(Path(catalog), stored, own, _views(declared), Commented(items, studies, origin))


def _cities(path: str | Path) -> pd.DataFrame:
    """All cities; an English name stands for one of them."""
    table = pd.read_csv(path)
    return table.assign(name_en=table["city"].map(unambiguous(table)))


def _views(declared: Mapping[str, Any]) -> list[View]:
    """Views over the tables: parts of all indices, and local Moran's I of each study."""
    found = []
    for each in declared["stacked"]:
        members = {(("study", study), ("index", index)): table for study, index, table in each["members"]}
        query, says = stacked_views(members), {"part": each["part"]}
        found.append(View(f"index_{each['part']}", "index_parts", says=says, query=query))
    for study, specs in declared["local"].items():
        query = LOCAL.format(study=quoted(study), specs=", ".join(map(quoted, specs)))
        found.append(View(f"{study}.local_moran", "local_moran", study, query=query))
    return found


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build(
            job.output.catalog,
            store.read(job.params.declared),
            job.params.cities,
            job.params.origin,
        )
