from snakemake.utils import min_version

min_version("9.0")


container: "docker://python:3.11-slim"


configfile: "config/config.yaml"


include: "rules/common.smk"


wildcard_constraints:
    source=one_of(extracted_sources()),
    edition=r"\d{4}|panel",
    study=one_of(STUDY_NAMES),
    index=one_of(score_names("indices")),
    efficiency=one_of(score_names("efficiencies")),
    productivity=one_of(score_names("productivities")),
    inequality=one_of(score_names("inequalities")),
    matrix=NAME,
    spec=NAME,
    table=NAME,
    figure=NAME,


# All that a plain `snakemake` makes.
rule all:
    default_target: True
    input:
        # What later stages read is named too: a killed job leaves it missing where all below it still stands.
        extracts(".parquet"),
        "results/panel/observations.parquet",
        "results/panel/city_year.parquet",
        all_scores(),
        all_matrices(),
        "results/drawing/han.otf",
        "results/drawing/shapes.parquet",
        all_estimates(),
        "results/panel/coverage.html",
        "results/panel/check.txt",
        "results/nianjian.duckdb",
        all_sample_pages(),
        all_tables(),
        all_figures(),
        all_scorecards(),
    localrule: True


if BOOKS.simulated:

    include: "rules/simulate.smk"


include: "rules/extract.smk"
include: "rules/panel.smk"
include: "rules/sample.smk"
include: "rules/indices.smk"
include: "rules/estimates.smk"
include: "rules/publish.smk"
include: "rules/catalog.smk"


onstart:
    settle_books()
