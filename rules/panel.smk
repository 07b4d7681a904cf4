# Extracts → one value a city, year, item and scope, with status, address and coverage.


rule build_panel:
    input:
        cells=extracts(".parquet"),
        sheets=extracts(".sheets.parquet"),
        dictionary="config/items.yaml",
        ignored="config/ignored.yaml",
        checks="config/checks.yaml",
        corrections=expand("config/corrections/{name}", name=BOOKS.corrections),
        cities=expand(
            "config/reference/{name}",
            name=["cities.csv", "city_names.csv", "city_aliases.csv", "units.yaml"],
        ),
    output:
        observations="results/panel/observations.parquet",
        city_year="results/panel/city_year.parquet",
        suspects="results/panel/suspects.parquet",
        conflicts="results/panel/conflicts.parquet",
        corrections="results/panel/corrections.parquet",
        units="results/panel/units.parquet",
        unreadable="results/panel/unreadable.parquet",
        checksums="results/panel/checksums.parquet",
        by_table="results/panel/coverage.parquet",
        by_item="results/panel/coverage_items.parquet",
        by_column="results/panel/coverage_columns.parquet",
        by_label="results/panel/coverage_labels.parquet",
    log:
        "logs/build_panel.log",
    benchmark:
        "benchmarks/build_panel.jsonl"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=str(CONFIG),
        settings=BOOKS.panel_settings,
        code=code_digest("build_panel.py"),
    message:
        "Mapping every cell to city, year, item and unit"
    script:
        "../scripts/build_panel.py"


rule report_coverage:
    input:
        by_table="results/panel/coverage.parquet",
        by_item="results/panel/coverage_items.parquet",
        by_column="results/panel/coverage_columns.parquet",
        by_label="results/panel/coverage_labels.parquet",
        suspects="results/panel/suspects.parquet",
        conflicts="results/panel/conflicts.parquet",
        corrections="results/panel/corrections.parquet",
        units="results/panel/units.parquet",
        unreadable="results/panel/unreadable.parquet",
        checksums="results/panel/checksums.parquet",
        sheets=extracts(".sheets.parquet"),
    output:
        page=report(
            "results/panel/coverage.html",
            category="Panel",
            labels={"what": "Coverage of the books"},
            caption="captions/coverage.rst",
        ),
    log:
        "logs/report_coverage.log",
    benchmark:
        "benchmarks/report_coverage.jsonl"
    params:
        origin=BOOKS.origin,
        code=code_digest("report_coverage.py"),
    message:
        "Writing the coverage page"
    script:
        "../scripts/report_coverage.py"


rule check_panel:
    input:
        observations="results/panel/observations.parquet",
        city_year="results/panel/city_year.parquet",
        by_table="results/panel/coverage.parquet",
        by_label="results/panel/coverage_labels.parquet",
    output:
        "results/panel/check.txt",
    log:
        "logs/check_panel.log",
    benchmark:
        "benchmarks/check_panel.jsonl"
    params:
        config=str(CONFIG),
        code=code_digest("check_panel.py"),
    message:
        "Checking the panel"
    script:
        "../scripts/check_panel.py"


# snakemake trace --config city=济南 year=2011 item=ind_so2
rule trace:
    input:
        observations="results/panel/observations.parquet",
        suspects="results/panel/suspects.parquet",
        conflicts="results/panel/conflicts.parquet",
        cells=extracts(".parquet"),
    log:
        "logs/trace.log",
    params:
        config=str(CONFIG),
        asked=trace_request(),
    message:
        "Tracing a number back to its printed cell"
    script:
        "../scripts/trace.py"
