# Raw workbooks → every numeric cell with its header path, region label and address.


rule extract_edition:
    input:
        books=edition_files,
    output:
        cells="results/extracts/{source}/{edition}.parquet",
        sheets="results/extracts/{source}/{edition}.sheets.parquet",
    log:
        "logs/extract_edition/{source}_{edition}.log",
    benchmark:
        "benchmarks/extract_edition/{source}_{edition}.jsonl"
    wildcard_constraints:
        source=BOOKS.yearbook_id,
        edition=r"\d{4}",
    threads: 1
    resources:
        mem_mb=800,
    params:
        root=str(BOOKS.root),
        folder=edition_folder,
        source=BOOKS.yearbook,
        code=code_digest("extract_edition.py"),
    message:
        "Reading edition {wildcards.edition} of {wildcards.source}"
    script:
        "../scripts/extract_edition.py"


rule extract_panel:
    input:
        panel=panel_file,
    output:
        cells="results/extracts/{source}/panel.parquet",
        sheets="results/extracts/{source}/panel.sheets.parquet",
    log:
        "logs/extract_panel/{source}.log",
    benchmark:
        "benchmarks/extract_panel/{source}.jsonl"
    wildcard_constraints:
        source=one_of(BOOKS.panels),
    threads: 1
    resources:
        mem_mb=800,
    params:
        root=str(BOOKS.panel_root),
        source=panel_source,
        code=code_digest("extract_panel.py"),
    message:
        "Reading the compiled panel {wildcards.source}"
    script:
        "../scripts/extract_panel.py"
