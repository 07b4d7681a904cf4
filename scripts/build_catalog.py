"""Rule build_catalog: everything → results/nianjian.duckdb, for the DuckDB shell, Python or R."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian import jobs
from nianjian.catalog import build_catalog
from nianjian.declarations import loading


def build(
    catalog: Path,
    config: Path,
    views: Mapping[str, Sequence[str]],
    origin: str,
    local: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the catalog: views over the stages' files, and the tables ``items``, ``cities`` and ``books``."""
    items = pd.DataFrame(
        [
            {
                "item": i,
                "zh": d["zh"],
                "en": d["en"],
                "unit": d["unit"],
                "kind": d["kind"],
                "scopes": ", ".join(d["scopes"]),
            }
            for i, d in loading.load_items(config).items()
        ]
    )
    cities = pd.read_csv(config / "reference" / "cities.csv")
    books = pd.DataFrame({"books": [origin]})
    build_catalog(catalog, Path(), views, {"items": items, "cities": cities, "books": books}, local)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build(
            Path(job.output.catalog),
            Path(job.params.config),
            job.params.views,
            job.params.origin,
            job.params.local,
        )
