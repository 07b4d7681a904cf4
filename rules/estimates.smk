# Sample and indices → weight matrices, and one row per coefficient, effect, test and fit statistic.
for job in PLAN.jobs["matrices"]:

    rule:
        name:
            f"build_weights_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/build_weights/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/build_weights/{job.name}.jsonl"
        group:
            PLAN.early_group(job.study)
        resources:
            **PLAN.resources("build_weights"),
        params:
            **job.params,
        message:
            f"Building {len(job.names)} spatial weights of {job.study}"
        script:
            "../scripts/build_weights.py"


for job in PLAN.jobs["estimates"]:

    rule:
        name:
            f"estimate_specs_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/estimate_specs/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/estimate_specs/{job.name}.jsonl"
        group:
            "study"
        resources:
            **PLAN.resources("estimate_specs"),
        params:
            **job.params,
        message:
            f"Estimating {len(job.names)} specifications: {job.name}"
        script:
            "../scripts/estimate_specs.py"
