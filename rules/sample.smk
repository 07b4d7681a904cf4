# The panel → a study's cities, years, variables, treatment and groups.


rule build_sample:
    input:
        city_year="results/panel/city_year.parquet",
        suspects="results/panel/suspects.parquet",
        dictionary="config/items.yaml",
        reference=reference_files,
    output:
        sample="results/studies/{study}/sample.parquet",
        cities="results/studies/{study}/sample_cities.parquet",
        gaps="results/studies/{study}/sample_gaps.parquet",
    log:
        "logs/build_sample/{study}.log",
    benchmark:
        "benchmarks/build_sample/{study}.jsonl"
    params:
        config=str(CONFIG),
        study=resolved_sample,
        code=code_digest("build_sample.py"),
    message:
        "Building the sample of {wildcards.study}"
    script:
        "../scripts/build_sample.py"
