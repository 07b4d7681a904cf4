# A known truth → simulated yearbooks and panels in the layouts of the real ones.
from nianjian import simulate


rule simulate_truth:
    input:
        settings="config/simulation.yaml",
        dictionary="config/items.yaml",
        cities="config/reference/cities.csv",
        regions="config/reference/regions.csv",
        attributes="config/reference/attributes.csv",
        policies=expand(
            "config/reference/policies/{name}.csv", name=simulate.policies(CONFIG)
        ),
    output:
        truth="results/simulated/truth.parquet",
        effects="results/simulated/truth_effects.parquet",
        calibration="results/simulated/truth_calibration.parquet",
    log:
        "logs/simulate_truth.log",
    benchmark:
        "benchmarks/simulate_truth.jsonl"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        config=str(CONFIG),
        seed=config["seed"],
        code=code_digest("simulate_truth.py"),
    message:
        "Drawing the truth of all cities and years"
    script:
        "../scripts/simulate_truth.py"


rule simulate_edition:
    input:
        truth="results/simulated/truth.parquet",
        settings="config/simulation.yaml",
        tables="config/simulation_tables.yaml",
        dictionary="config/items.yaml",
        reference=expand(
            "config/reference/{name}",
            name=["cities.csv", "city_names.csv", "units.yaml"],
        ),
    output:
        folder=directory("results/simulated/yearbooks/{folder}"),
        misprints="results/simulated/misprints/{folder}.parquet",
    log:
        "logs/simulate_edition/{folder}.log",
    benchmark:
        "benchmarks/simulate_edition/{folder}.jsonl"
    wildcard_constraints:
        folder=one_of(
            simulate.folder_name(edition) for edition in simulate.editions(CONFIG)
        ),
    threads: 1
    resources:
        mem_mb=1000,
    params:
        config=str(CONFIG),
        edition=lambda wildcards: simulate.edition_of(wildcards.folder),
        seed=config["seed"],
        code=code_digest("simulate_edition.py"),
    message:
        "Printing {wildcards.folder}"
    script:
        "../scripts/simulate_edition.py"


rule simulate_panels:
    input:
        truth="results/simulated/truth.parquet",
        settings="config/simulation.yaml",
        tables="config/simulation_tables.yaml",
        dictionary="config/items.yaml",
        cities="config/reference/cities.csv",
    output:
        expand("results/simulated/panels/{file}", file=simulate.panel_files(CONFIG)),
    log:
        "logs/simulate_panels.log",
    benchmark:
        "benchmarks/simulate_panels.jsonl"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        config=str(CONFIG),
        code=code_digest("simulate_panels.py"),
    message:
        "Writing the simulated compiled panels"
    script:
        "../scripts/simulate_panels.py"
