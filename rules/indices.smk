# A study's sample → composite indices and their weights.


rule compute_index:
    input:
        sample="results/studies/{study}/sample.parquet",
    output:
        scores="results/studies/{study}/indices/{index}.parquet",
        weights="results/studies/{study}/indices/{index}.weights.parquet",
    log:
        "logs/compute_index/{study}_{index}.log",
    benchmark:
        "benchmarks/compute_index/{study}_{index}.jsonl"
    params:
        spec=resolved_index,
        code=code_digest("compute_index.py"),
    message:
        "Computing the index {wildcards.index} of {wildcards.study}"
    script:
        "../scripts/compute_index.py"
