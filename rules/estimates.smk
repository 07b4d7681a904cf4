# Sample and indices → one row per coefficient, effect, test and fit statistic, one job a specification.


rule build_weights:
    input:
        sample="results/studies/{study}/sample.parquet",
        cities="config/reference/cities.csv",
    output:
        matrix="results/studies/{study}/spatial_weights/{matrix}.parquet",
        summary="results/studies/{study}/spatial_weights/{matrix}.summary.parquet",
    log:
        "logs/build_weights/{study}_{matrix}.log",
    benchmark:
        "benchmarks/build_weights/{study}_{matrix}.jsonl"
    params:
        spec=resolved_matrix,
        code=code_digest("build_weights.py"),
    message:
        "Building the spatial weights {wildcards.matrix} of {wildcards.study}"
    script:
        "../scripts/build_weights.py"


rule estimate_spec:
    input:
        sample="results/studies/{study}/sample.parquet",
        indices=spec_indices,
        matrices=spec_matrices,
    output:
        estimates="results/studies/{study}/estimates/{spec}.parquet",
    log:
        "logs/estimate_spec/{study}_{spec}.log",
    benchmark:
        "benchmarks/estimate_spec/{study}_{spec}.jsonl"
    params:
        spec=resolved_spec,
        seed=config["seed"],
        code=estimator_code,
    message:
        "Estimating {wildcards.spec} of {wildcards.study}"
    script:
        "../scripts/estimate_spec.py"
