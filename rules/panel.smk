# Extracts → one value a city, year, item and scope, with status, address and coverage.


rule build_panel:
    input:
        **PLAN.one("panel").inputs,
    output:
        **named(PLAN.one("panel").outputs),
    log:
        f"logs/{PLAN.books}/build_panel.log",
    benchmark:
        f"benchmarks/{PLAN.books}/build_panel.jsonl"
    group:
        "panel"
    resources:
        **PLAN.resources("build_panel"),
    params:
        **PLAN.one("panel").params,
    message:
        "Mapping every cell to city, year, item and unit"
    script:
        "../scripts/build_panel.py"


# The same for a source of the user's own whose items no other prints: what uses none of them stays as it is.
for job in PLAN.jobs["own_panels"]:

    rule:
        name:
            f"build_panel_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/build_panel/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/build_panel/{job.name}.jsonl"
        group:
            "panel"
        resources:
            **PLAN.resources("build_panel"),
        params:
            **job.params,
        message:
            f"Mapping every cell of {job.name} to city, year, item and unit"
        script:
            "../scripts/build_panel.py"


rule report_coverage:
    input:
        **PLAN.one("coverage").inputs,
    output:
        **reported(PLAN.one("coverage").outputs),
    log:
        f"logs/{PLAN.books}/report_coverage.log",
    benchmark:
        f"benchmarks/{PLAN.books}/report_coverage.jsonl"
    group:
        "panel"
    resources:
        **PLAN.resources("report_coverage"),
    params:
        **PLAN.one("coverage").params,
    message:
        "Writing the coverage page"
    script:
        "../scripts/report_coverage.py"


rule check_panel:
    input:
        **PLAN.one("panel_check").inputs,
    output:
        report=f"{R}/panel/check.txt",
    log:
        f"logs/{PLAN.books}/check_panel.log",
    benchmark:
        f"benchmarks/{PLAN.books}/check_panel.jsonl"
    group:
        "panel"
    resources:
        **PLAN.resources("check_panel"),
    params:
        **PLAN.one("panel_check").params,
    message:
        "Checking the panel"
    script:
        "../scripts/check_panel.py"


# snakemake trace --config city=济南 year=2011 item=ind_so2
rule trace:
    log:
        f"logs/{PLAN.books}/trace.log",
    localrule: True
    params:
        asked=PLAN.asked,
        books=PLAN.books,
    message:
        "Tracing a number back to its printed cell"
    script:
        "../scripts/trace.py"
