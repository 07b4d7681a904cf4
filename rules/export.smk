# On demand: results → files of Stata, Excel, text and R, and the scripts that make the tables there.


# snakemake export; one study: snakemake results/<books>/studies/<study>/export/sample.dta
rule export:
    input:
        PLAN.exported,
    localrule: True


for job in PLAN.jobs["exports"]:

    rule:
        name:
            f"export_study_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/export_study/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/export_study/{job.name}.jsonl"
        group:
            "export"
        resources:
            **PLAN.resources("export_study"),
        params:
            **job.params,
        message:
            f"Exporting {job.study}"
        script:
            "../scripts/export_study.py"


rule export_panel:
    input:
        **PLAN.one("panel_export").inputs,
    output:
        **named(PLAN.one("panel_export").outputs),
    log:
        f"logs/{PLAN.books}/export_panel.log",
    benchmark:
        f"benchmarks/{PLAN.books}/export_panel.jsonl"
    group:
        "export"
    resources:
        **PLAN.resources("export_panel"),
    params:
        **PLAN.one("panel_export").params,
    message:
        "Exporting the panels"
    script:
        "../scripts/export_panel.py"


# snakemake results/<books>/packages/<study>/package.json; elsewhere: python scripts/package_study.py <study> <folder>
for job in PLAN.jobs["packages"]:

    rule:
        name:
            f"package_study_{job.name}"
        input:
            **job.inputs,
        output:
            **named(job.outputs),
        log:
            f"logs/{PLAN.books}/package_study/{job.name}.log",
        benchmark:
            f"benchmarks/{PLAN.books}/package_study/{job.name}.jsonl"
        group:
            "export"
        resources:
            **PLAN.resources("package_study"),
        params:
            **job.params,
        message:
            f"Packing {job.study} for replicators"
        script:
            "../scripts/package_study.py"


# Within a package: snakemake verify_package
rule verify_package:
    input:
        **PLAN.one("package_check").inputs,
    output:
        **named(PLAN.one("package_check").outputs),
    log:
        f"logs/{PLAN.books}/verify_package.log",
    benchmark:
        f"benchmarks/{PLAN.books}/verify_package.jsonl"
    group:
        "export"
    resources:
        **PLAN.resources("verify_package"),
    params:
        **PLAN.one("package_check").params,
    message:
        "Comparing with the package"
    script:
        "../scripts/verify_package.py"
