# Estimates, samples and weights → tables, figures and the scorecard. Nothing here refits a model.
rule prepare_drawing:
    input:
        **PLAN.one("drawing").inputs,
    output:
        **named(PLAN.one("drawing").outputs),
    log:
        f"logs/{PLAN.books}/prepare_drawing.log",
    benchmark:
        f"benchmarks/{PLAN.books}/prepare_drawing.jsonl"
    resources:
        **PLAN.resources("prepare_drawing"),
    params:
        **PLAN.one("drawing").params,
    message:
        "Preparing the font and the map of the figures"
    script:
        "../scripts/prepare_drawing.py"


for job in PLAN.jobs["tables"]:

    rule:
        name:
            f"make_tables_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs, "n_"),
        log:
            f"logs/{PLAN.books}/make_tables/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/make_tables/{job.name}.jsonl"
        group:
            "study"
        resources:
            **PLAN.resources("make_tables"),
        params:
            **job.params,
        message:
            f"Making {len(job.names)} tables of {job.study}"
        script:
            "../scripts/make_tables.py"


for job in PLAN.jobs["figures"]:

    rule:
        name:
            f"make_figures_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs, "n_"),
        log:
            f"logs/{PLAN.books}/make_figures/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/make_figures/{job.name}.jsonl"
        group:
            "study"
        resources:
            **PLAN.resources("make_figures"),
        params:
            **job.params,
        message:
            f"Drawing {len(job.names)} figures of {job.study}"
        script:
            "../scripts/make_figures.py"


# On demand, with all tables and figures of a study in one file: snakemake documents
rule documents:
    input:
        [path for job in PLAN.jobs["documents"] for path in job.files],
    localrule: True


for job in PLAN.jobs["documents"]:

    rule:
        name:
            f"make_document_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/make_document/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/make_document/{job.name}.jsonl"
        group:
            "document"
        resources:
            **PLAN.resources("make_document"),
        params:
            **job.params,
        message:
            f"Setting the tables and figures of {job.study} in one document"
        script:
            "../scripts/make_document.py"


for job in PLAN.jobs["scorecards"]:

    rule:
        name:
            f"make_scorecard_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs),
        log:
            f"logs/{PLAN.books}/make_scorecard/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/make_scorecard/{job.name}.jsonl"
        group:
            "study"
        resources:
            **PLAN.resources("make_scorecard"),
        params:
            **job.params,
        message:
            f"Setting the paper's numbers beside those of {job.study}"
        script:
            "../scripts/make_scorecard.py"


for job in PLAN.jobs["papers"]:

    rule:
        name:
            f"report_paper_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs),
        log:
            f"logs/{PLAN.books}/report_paper/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/report_paper/{job.name}.jsonl"
        group:
            "end"
        resources:
            **PLAN.resources("report_paper"),
        params:
            **job.params,
        message:
            f"Writing what could be reproduced of {job.name}"
        script:
            "../scripts/report_paper.py"
