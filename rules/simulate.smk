# A known truth → simulated yearbooks and panels in the layouts of the real ones.
# What the jobs read of config/simulation reaches them as a digest: no other part of config/ does. It was checked when the
# run was planned.
from nianjian import simulate
from nianjian.simulate import outline

WORLD = outline.outline()
outline.remember()
TRUTH = f"{R}/truth"


rule simulate_truth:
    output:
        truth=f"{TRUTH}/truth.parquet",
        planted=f"{TRUTH}/truth_effects.parquet",
        calibration=f"{TRUTH}/truth_calibration.parquet",
    log:
        f"logs/{PLAN.books.name}/simulate_truth.log",
    benchmark:
        f"benchmarks/{PLAN.books.name}/simulate_truth.jsonl"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        declared=WORLD.digests["truth"],
        seed=PLAN.config.seed,
        code=plan.code_digest("simulate_truth.py"),
    message:
        "Drawing the truth of all cities and years"
    script:
        "../scripts/simulate_truth.py"


for chunk, editions in outline.chunks(WORLD.editions).items():

    rule:
        name:
            f"simulate_editions_{chunk}"
        input:
            truth=f"{TRUTH}/truth.parquet",
        output:
            folders=[
                directory(str(PLAN.books.root / simulate.folder_name(edition)))
                for edition in editions
            ],
            misprints=[
                f"{TRUTH}/misprints/{simulate.folder_name(edition)}.parquet"
                for edition in editions
            ],
        log:
            f"logs/{PLAN.books.name}/simulate_editions/{chunk}.log",
        benchmark:
            f"benchmarks/{PLAN.books.name}/simulate_editions/{chunk}.jsonl"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            declared=WORLD.digests["editions"],
            editions=editions,
            seed=PLAN.config.seed,
            code=plan.code_digest("simulate_editions.py"),
        message:
            f"Printing editions {chunk.replace('_', ' to ')}"
        script:
            "../scripts/simulate_editions.py"


rule simulate_panels:
    input:
        truth=f"{TRUTH}/truth.parquet",
    output:
        [str(PLAN.books.panel_root / file) for file in WORLD.panels],
    log:
        f"logs/{PLAN.books.name}/simulate_panels.log",
    benchmark:
        f"benchmarks/{PLAN.books.name}/simulate_panels.jsonl"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        declared=WORLD.digests["panels"],
        code=plan.code_digest("simulate_panels.py"),
    message:
        "Writing the simulated compiled panels"
    script:
        "../scripts/simulate_panels.py"
