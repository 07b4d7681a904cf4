"""Everything → nianjian.duckdb, for the DuckDB shell, Python or R."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs
from nianjian.catalog import build_catalog
from nianjian.declarations import store
from nianjian.declarations.models.items import Item


def build(catalog: str | Path, declared: Mapping[str, Any], cities: str | Path, origin: str) -> None:
    """Write the catalog: views over the stages' files, and the tables ``items``, ``cities`` and ``books``.

    Parameters
    ----------
    catalog : DuckDB file to write
    declared : ``views`` (name to Parquets), ``local`` (study to estimates of local Moran's I), ``items``
    cities : table of all cities
    origin : of the books
    """
    named = [(name, Item.model_validate(own)) for name, own in declared["items"]]
    items = pd.DataFrame(
        [(name, each.zh, each.en, each.unit, each.kind, ", ".join(each.scopes)) for name, each in named],
        columns=["item", "zh", "en", "unit", "kind", "scopes"],
    )
    tables = {"items": items, "cities": pd.read_csv(cities), "books": pd.DataFrame({"books": [origin]})}
    build_catalog(Path(catalog), declared["views"], tables, declared["local"])


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build(
            job.output.catalog,
            store.read(job.params.declared),
            job.params.cities,
            job.params.origin,
        )
