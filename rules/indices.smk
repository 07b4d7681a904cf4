# A study's sample → composite indices, efficiency, productivity and inequality.


rule compute_index:
    input:
        sample="results/studies/{study}/sample.parquet",
    output:
        scores="results/studies/{study}/indices/{index}.parquet",
        weights="results/studies/{study}/indices/{index}.weights.parquet",
        sensitivity="results/studies/{study}/indices/{index}.sensitivity.parquet",
    log:
        "logs/compute_index/{study}_{index}.log",
    benchmark:
        "benchmarks/compute_index/{study}_{index}.jsonl"
    params:
        spec=resolved_index,
        seed=config["seed"],
        code=code_digest("compute_index.py"),
    message:
        "Computing the index {wildcards.index} of {wildcards.study}"
    script:
        "../scripts/compute_index.py"


rule compute_efficiency:
    input:
        sample="results/studies/{study}/sample.parquet",
        indices=score_indices,
    output:
        scores="results/studies/{study}/indices/{efficiency}.parquet",
        slacks="results/studies/{study}/indices/{efficiency}.slacks.parquet",
        peers="results/studies/{study}/indices/{efficiency}.peers.parquet",
    log:
        "logs/compute_efficiency/{study}_{efficiency}.log",
    benchmark:
        "benchmarks/compute_efficiency/{study}_{efficiency}.jsonl"
    threads: config["threads"]
    params:
        spec=resolved_efficiency,
        code=code_digest("compute_efficiency.py"),
    message:
        "Scoring the efficiency {wildcards.efficiency} of {wildcards.study}"
    script:
        "../scripts/compute_efficiency.py"


rule compute_productivity:
    input:
        sample="results/studies/{study}/sample.parquet",
        indices=score_indices,
    output:
        scores="results/studies/{study}/indices/{productivity}.parquet",
    log:
        "logs/compute_productivity/{study}_{productivity}.log",
    benchmark:
        "benchmarks/compute_productivity/{study}_{productivity}.jsonl"
    threads: config["threads"]
    params:
        spec=resolved_efficiency,
        code=code_digest("compute_productivity.py"),
    message:
        "Measuring the productivity {wildcards.productivity} of {wildcards.study}"
    script:
        "../scripts/compute_productivity.py"


rule measure_inequality:
    input:
        sample="results/studies/{study}/sample.parquet",
        indices=score_indices,
    output:
        rows="results/studies/{study}/indices/{inequality}.parquet",
    log:
        "logs/measure_inequality/{study}_{inequality}.log",
    benchmark:
        "benchmarks/measure_inequality/{study}_{inequality}.jsonl"
    params:
        spec=resolved_inequality,
        seed=config["seed"],
        code=code_digest("measure_inequality.py"),
    message:
        "Measuring the inequality {wildcards.inequality} of {wildcards.study}"
    script:
        "../scripts/measure_inequality.py"
