# The panel → a study's cities, years, variables, treatment and groups.
for job in PLAN.jobs["samples"]:

    rule:
        name:
            f"build_sample_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/build_sample/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/build_sample/{job.name}.jsonl"
        group:
            PLAN.early_group(job.study)
        resources:
            **PLAN.resources("build_sample"),
        params:
            **job.params,
        message:
            f"Building the sample of {job.study}"
        script:
            "../scripts/build_sample.py"


# The same from a file of the user's own.
for job in PLAN.jobs["own_samples"]:

    rule:
        name:
            f"build_own_sample_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/build_own_sample/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/build_own_sample/{job.name}.jsonl"
        group:
            PLAN.early_group(job.study)
        resources:
            **PLAN.resources("build_own_sample"),
        params:
            **job.params,
        message:
            f"Building the sample of {job.study} from {job.inputs['file'][0]}"
        script:
            "../scripts/build_own_sample.py"


for job in PLAN.jobs["sample_pages"]:

    rule:
        name:
            f"report_sample_{job.name}"
        input:
            **job.inputs,
        output:
            **reported(job.outputs),
        log:
            f"logs/{PLAN.books}/report_sample/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/report_sample/{job.name}.jsonl"
        group:
            PLAN.early_group(job.study)
        resources:
            **PLAN.resources("report_sample"),
        params:
            **job.params,
        message:
            f"Describing the sample of {job.study}"
        script:
            "../scripts/report_sample.py"
