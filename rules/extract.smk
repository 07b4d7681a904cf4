# Raw workbooks → every numeric cell with its header path, region label and address.
for job in PLAN.jobs["extracts"]:

    rule:
        name:
            f"extract_source_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/extract_source/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/extract_source/{job.name}.jsonl"
        group:
            "print" if PLAN.simulated else "read"
        resources:
            **PLAN.resources("extract_source"),
        params:
            **job.params,
        message:
            f"Reading {job.name}"
        script:
            "../scripts/extract_source.py"
