# A known truth → simulated yearbooks and panels in the layouts of the real ones.
rule simulate_truth:
    output:
        **named(PLAN.one("truths").outputs),
    log:
        f"logs/{PLAN.books}/simulate_truth.log",
    benchmark:
        f"benchmarks/{PLAN.books}/simulate_truth.jsonl"
    resources:
        **PLAN.resources("simulate_truth"),
    params:
        **PLAN.one("truths").params,
    message:
        "Drawing the truth of all cities and years"
    script:
        "../scripts/simulate_truth.py"


for job in PLAN.jobs["printed_editions"]:

    rule:
        name:
            f"simulate_editions_{job.name}"
        input:
            **job.inputs,
        output:
            folders=[directory(folder) for folder in job.outputs["folders"]],
            misprints=named(job.outputs)["misprints"],
        log:
            f"logs/{PLAN.books}/simulate_editions/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/simulate_editions/{job.name}.jsonl"
        group:
            "print"
        resources:
            **PLAN.resources("simulate_editions"),
        params:
            **job.params,
        message:
            f"Printing editions {job.name.replace('_', ' to ')}"
        script:
            "../scripts/simulate_editions.py"


rule simulate_panels:
    input:
        **PLAN.one("printed_panels").inputs,
    output:
        **named(PLAN.one("printed_panels").outputs),
    log:
        f"logs/{PLAN.books}/simulate_panels.log",
    benchmark:
        f"benchmarks/{PLAN.books}/simulate_panels.jsonl"
    group:
        "print"
    resources:
        **PLAN.resources("simulate_panels"),
    params:
        **PLAN.one("printed_panels").params,
    message:
        "Writing the simulated compiled panels"
    script:
        "../scripts/simulate_panels.py"
