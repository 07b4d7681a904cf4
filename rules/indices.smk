# A study's sample → composite indices, efficiency, productivity, inequality.
for job in PLAN.jobs["indices"]:

    rule:
        name:
            f"compute_index_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/compute_index/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/compute_index/{job.name}.jsonl"
        group:
            PLAN.early_group(job.study)
        resources:
            **PLAN.resources("compute_index"),
        params:
            **job.params,
        message:
            f"Computing the index {job.names[0]} of {job.study}"
        script:
            "../scripts/compute_index.py"
