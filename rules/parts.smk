# A specification or index that is split over jobs → one part a job; what they belong to gathers them.
for job in PLAN.jobs["parts"]:

    rule:
        name:
            f"draw_part_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/draw_part/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/draw_part/{job.name}.jsonl"
        group:
            "part"
        resources:
            **PLAN.resources("draw_part"),
        params:
            **job.params,
        message:
            f"Drawing part {job.name.rpartition('_')[2]} of {job.names[0]} of {job.study}"
        script:
            "../scripts/draw_part.py"
