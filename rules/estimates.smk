# Sample and indices → one row per coefficient, test and fit statistic, one job a specification.


rule estimate_spec:
    input:
        sample="results/studies/{study}/sample.parquet",
        indices=spec_indices,
    output:
        estimates="results/studies/{study}/estimates/{spec}.parquet",
    log:
        "logs/estimate_spec/{study}_{spec}.log",
    benchmark:
        "benchmarks/estimate_spec/{study}_{spec}.jsonl"
    params:
        spec=resolved_spec,
        code=code_digest("estimate_spec.py"),
    message:
        "Estimating {wildcards.spec} of {wildcards.study}"
    script:
        "../scripts/estimate_spec.py"
