"""Extracts of all sources → observations, the wide panel, and what happened on the way."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from nianjian import jobs, schemas, storage
from nianjian.panel import assemble, compiled, coverage, parts
from nianjian.panel.cells import CATEGORIES
from nianjian.panel.declared import PanelDeclarations


def build(
    extracts: Sequence[Path],
    sheets: Sequence[Path],
    declared: Path,
    outputs: Mapping[str, Path],
) -> None:
    """Map, convert, correct and check every extracted cell; write the panel and its reports.

    Parameters
    ----------
    extracts, sheets : Parquet files of the extract stage
    declared : JSON file of :class:`~nianjian.panel.declared.PanelDeclarations`
    outputs : path by name, as the rule declares them
    """
    told, key = PanelDeclarations.from_json(declared), schemas.OBSERVATION_KEY
    cells = sum(pq.read_metadata(path).num_rows for path in extracts)
    if cells > parts.AT_ONCE and parts.can_part(told):
        place = Path(outputs["observations"]).parent
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".parts.", dir=place) as folder:
            panel = parts.assembled(extracts, sheets, told, Path(folder), Path(outputs["observations"]))
    else:
        panel = assemble.assemble(
            storage.read_stacked(extracts, CATEGORIES), storage.read_stacked(sheets), told
        )
        storage.write_table(panel.observations, outputs["observations"], schemas.OBSERVATIONS, key)
    for level, name in schemas.LEVELS.items():
        storage.write_wide(panel.wide[level], outputs[name], ["city", "year"])
    storage.write_table(panel.suspects, outputs["suspects"], schemas.SUSPECTS, [*key, "rule"])
    storage.write_table(
        panel.conflicts, outputs["conflicts"], schemas.CONFLICTS, [*key, "file", "sheet", "cell"]
    )
    storage.write_table(panel.contested, outputs["contested"], schemas.CONTESTED, schemas.CONTESTED_KEY)
    storage.write_table(panel.corrections, outputs["corrections"], schemas.CORRECTIONS, ["correction"])
    storage.write_table(panel.corrected, outputs["corrected"], schemas.CORRECTED, key)
    storage.write_table(panel.units, outputs["units"], schemas.UNIT_DECISIONS, schemas.UNIT_DECISIONS_KEY)
    storage.write_table(
        panel.unreadable, outputs["unreadable"], schemas.UNREADABLE, ["file", "sheet", "cell"]
    )
    storage.write_table(panel.checksums, outputs["checksums"], coverage.CHECKSUMS, coverage.CHECKSUM_KEY)
    storage.write_table(panel.by_table, outputs["by_table"], coverage.TABLES, coverage.TABLE_KEY)
    storage.write_table(panel.by_item, outputs["by_item"], coverage.ITEMS, coverage.ITEM_KEY)
    breaks = coverage.breaks(panel.by_item, told.items)
    storage.write_table(breaks, outputs["breaks"], coverage.BREAKS, coverage.BREAK_KEY)
    storage.write_table(panel.by_column, outputs["by_column"], coverage.COLUMNS, coverage.COLUMN_KEY)
    storage.write_table(panel.by_label, outputs["by_label"], coverage.LABELS, coverage.LABEL_KEY)
    compiled.tell(panel.by_label, panel.by_column)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build(
            [Path(p) for p in jobs.files(job.input)["cells"]],
            [Path(p) for p in jobs.files(job.input)["sheets"]],
            Path(job.params.declared),
            {name: Path(paths[0]) for name, paths in jobs.files(job.output).items()},
        )
