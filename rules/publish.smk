# Estimates, samples and weights → tables, figures and the scorecard. Nothing here refits a model.
rule prepare_drawing:
    output:
        font=f"{R}/drawing/han.ttf",
        shapes=f"{R}/drawing/shapes.parquet",
    log:
        f"logs/{PLAN.books.name}/prepare_drawing.log",
    benchmark:
        f"benchmarks/{PLAN.books.name}/prepare_drawing.jsonl"
    params:
        code=plan.code_digest("prepare_drawing.py"),
        # Its file is found by place, not imported: an upgrade would go unseen.
        font=plan.package_version("mplfonts"),
    message:
        "Preparing the font and the map of the figures"
    script:
        "../scripts/prepare_drawing.py"


for job in PLAN.tables:

    rule:
        name:
            f"make_tables_{job.name}"
        input:
            **job.inputs,
        output:
            **listed(job, "tables"),
        log:
            f"logs/{PLAN.books.name}/make_tables/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/make_tables/{job.name}.jsonl"
        params:
            **job.params,
        message:
            f"Making {len(job.names)} tables of {job.study}"
        script:
            "../scripts/make_tables.py"


for job in PLAN.figures:

    rule:
        name:
            f"make_figures_{job.name}"
        input:
            **job.inputs,
        output:
            **listed(job, "figures"),
        log:
            f"logs/{PLAN.books.name}/make_figures/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/make_figures/{job.name}.jsonl"
        params:
            **job.params,
        message:
            f"Drawing {len(job.names)} figures of {job.study}"
        script:
            "../scripts/make_figures.py"


for job in PLAN.scorecards:

    rule:
        name:
            f"make_scorecard_{job.name}"
        input:
            **job.inputs,
        output:
            **pages(job, "Scorecard"),
        log:
            f"logs/{PLAN.books.name}/make_scorecard/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/make_scorecard/{job.name}.jsonl"
        params:
            **job.params,
        message:
            f"Setting the paper's numbers beside those of {job.study}"
        script:
            "../scripts/make_scorecard.py"
