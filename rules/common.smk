# Functions that the rules share; no rule stands here.
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from nianjian import books, declarations
from nianjian.codes import code_digest

CONFIG = Path(workflow.basedir) / "config"
NAME = r"[A-Za-z][A-Za-z0-9_]*"
STUDIES = declarations.Registry.load(CONFIG, config)
BOOKS = books.find(config, CONFIG)


def one_of(names):
    """Wildcard constraint: one of these names."""
    return "|".join(re.escape(name) for name in sorted(names)) or "none"


def settle_books():
    """Remove the results of another set of books, so that results/ never mixes two."""
    books.settle(Path("results"), BOOKS)


def extracted_sources():
    """Ids of all sources that this set of books has."""
    return [BOOKS.yearbook_id, *BOOKS.panels]


def edition_files(wildcards):
    """Every file of an edition's folder: a changed or added file reruns this edition."""
    return BOOKS.inputs(int(wildcards.edition))


def extracts(suffix):
    """Extracts of all editions and compiled panels at hand."""
    editions = [f"results/extracts/{BOOKS.yearbook_id}/{edition}{suffix}" for edition in BOOKS.editions]
    return editions + [f"results/extracts/{panel}/panel{suffix}" for panel in BOOKS.panels]


def resolved_spec(wildcards):
    """A specification as a plain dict: extends, defaults and key order settled."""
    return STUDIES.spec(wildcards.study, wildcards.spec)


def resolved_index(wildcards):
    """An index declaration as a plain dict."""
    return STUDIES.index(wildcards.study, wildcards.index)


def resolved_table(wildcards):
    """A table declaration as a plain dict."""
    return STUDIES.table(wildcards.study, wildcards.table)


def resolved_sample(wildcards):
    """What a study declares of its sample, variables, treatment and groups."""
    return STUDIES.sample(wildcards.study)


def study_indices(wildcards):
    """Index files that a specification's study has: estimates may use any of them."""
    return expand(
        "results/studies/{study}/indices/{index}.parquet", study=wildcards.study, index=STUDIES.indices(wildcards.study)
    )


def spec_indices(wildcards):
    """Index files that one specification uses."""
    needed = STUDIES.spec_indices(wildcards.study, wildcards.spec)
    return [f"results/studies/{wildcards.study}/indices/{index}.parquet" for index in needed]


def table_specs(wildcards):
    """Estimates that one table prints."""
    specs = STUDIES.table_specs(wildcards.study, wildcards.table)
    return [f"results/studies/{wildcards.study}/estimates/{spec}.parquet" for spec in specs]


def all_estimates(wildcards=None):
    """Estimates of all studies."""
    return [
        f"results/studies/{study}/estimates/{spec}.parquet" for study in STUDIES.names() for spec in STUDIES.specs(study)
    ]


def all_tables():
    """Tables of all studies in every language and format."""
    return [
        f"results/studies/{study}/tables/{table}.{language}.{suffix}"
        for study in STUDIES.names()
        for table in STUDIES.tables(study)
        for language in config["languages"]
        for suffix in TABLE_FORMATS
    ]


def all_scorecards():
    """The scorecard of every study."""
    return [f"results/studies/{study}/scorecard.html" for study in STUDIES.names()]


TABLE_FORMATS = ["csv", "tex", "html", "docx", "xlsx"]
