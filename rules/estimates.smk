# Sample and indices → weight matrices, and one row per coefficient, effect, test and fit statistic.
for job in PLAN.matrices:

    rule:
        name:
            f"build_weights_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books.name}/build_weights/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/build_weights/{job.name}.jsonl"
        params:
            **job.params,
        message:
            f"Building {len(job.names)} spatial weights of {job.study}"
        script:
            "../scripts/build_weights.py"


for job in PLAN.estimates:

    rule:
        name:
            f"estimate_specs_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books.name}/estimate_specs/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/estimate_specs/{job.name}.jsonl"
        params:
            **job.params,
        message:
            f"Estimating {len(job.names)} specifications: {job.name}"
        script:
            "../scripts/estimate_specs.py"
