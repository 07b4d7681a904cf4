# Tables → where their numbers come from. Everything → one DuckDB file, and the check that every cell and point can be walked to its end.


for job in PLAN.jobs["trace_pages"]:

    rule:
        name:
            f"report_traces_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs),
        log:
            f"logs/{PLAN.books}/report_traces/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/report_traces/{job.name}.jsonl"
        group:
            "study"
        resources:
            **PLAN.resources("report_traces"),
        params:
            **job.params,
        message:
            f"Writing where the numbers of {job.study} come from"
        script:
            "../scripts/report_traces.py"


rule check_sources:
    input:
        **PLAN.one("source_check").inputs,
    output:
        report=kept(f"{R}/sources.txt"),
        table=kept(f"{R}/sources.parquet"),
    log:
        f"logs/{PLAN.books}/check_sources.log",
    benchmark:
        f"benchmarks/{PLAN.books}/check_sources.jsonl"
    group:
        "end"
    resources:
        **PLAN.resources("check_sources"),
    params:
        **PLAN.one("source_check").params,
    message:
        "Walking every cell and point to its end"
    script:
        "../scripts/check_sources.py"


rule build_catalog:
    input:
        **PLAN.one("catalog").inputs,
    output:
        catalog=kept(f"{R}/nianjian.duckdb"),
    log:
        f"logs/{PLAN.books}/build_catalog.log",
    benchmark:
        f"benchmarks/{PLAN.books}/build_catalog.jsonl"
    group:
        "end"
    resources:
        **PLAN.resources("build_catalog"),
    params:
        **PLAN.one("catalog").params,
    message:
        "Building the DuckDB catalog"
    script:
        "../scripts/build_catalog.py"
