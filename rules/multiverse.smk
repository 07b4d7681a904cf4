# Panel, or a file of one's own → every point of a study's multiverse on its own sample; those split over jobs are gathered.
for job in PLAN.jobs["multiverse_parts"]:

    rule:
        name:
            f"estimate_points_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/estimate_points/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/estimate_points/{job.name}.jsonl"
        resources:
            **PLAN.resources("estimate_points"),
        params:
            **job.params,
        message:
            f"Estimating points, part {job.name.rpartition('_')[2]}, of the multiverse of {job.study}"
        script:
            "../scripts/estimate_points.py"


for job in PLAN.jobs["multiverses"]:

    rule:
        name:
            f"run_multiverse_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/run_multiverse/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/run_multiverse/{job.name}.jsonl"
        resources:
            **PLAN.resources("run_multiverse"),
        params:
            **job.params,
        message:
            f"Estimating the multiverse of {job.study}"
        script:
            "../scripts/run_multiverse.py"
