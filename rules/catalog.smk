# Everything → one DuckDB file of views, built last; nothing depends on it.


rule build_catalog:
    input:
        observations="results/panel/observations.parquet",
        panel="results/panel/city_year.parquet",
        coverage="results/panel/coverage.parquet",
        coverage_items="results/panel/coverage_items.parquet",
        suspects="results/panel/suspects.parquet",
        estimates=all_estimates(),
        samples=all_samples(),
        scores=all_scores(),
        matrices=all_matrices(),
        dictionary="config/items.yaml",
        cities="config/reference/cities.csv",
    output:
        catalog="results/nianjian.duckdb",
    log:
        "logs/build_catalog.log",
    benchmark:
        "benchmarks/build_catalog.jsonl"
    params:
        config=str(CONFIG),
        origin=BOOKS.origin,
        views={
            "coverage": ["results/panel/coverage.parquet"],
            "coverage_items": ["results/panel/coverage_items.parquet"],
            "estimates": all_estimates(),
            "observations": ["results/panel/observations.parquet"],
            "panel": ["results/panel/city_year.parquet"],
            "suspects": ["results/panel/suspects.parquet"],
            **study_views(),
        },
        local=local_associations(),
        code=code_digest("build_catalog.py"),
    message:
        "Building the DuckDB catalog"
    script:
        "../scripts/build_catalog.py"
