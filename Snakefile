from snakemake.utils import min_version

min_version("9.27")


include: "rules/common.smk"


# Made by `apptainer build nianjian.sif container/nianjian.def`; read with --software-deployment-method apptainer only.
# Its path may hold no blank, so it stands where Snakemake works, or where NIANJIAN_IMAGE says.
container: os.environ.get("NIANJIAN_IMAGE", "nianjian.sif")


# All that a plain `snakemake` makes.
rule all:
    default_target: True
    input:
        # What later stages read is named too: a killed job leaves it missing where all below it still stands.
        PLAN.everything,
    localrule: True


if PLAN.simulated:

    include: "rules/simulate.smk"


include: "rules/extract.smk"
include: "rules/panel.smk"
include: "rules/sample.smk"
include: "rules/parts.smk"
include: "rules/indices.smk"
include: "rules/estimates.smk"
include: "rules/multiverse.smk"
include: "rules/publish.smk"
include: "rules/catalog.smk"
include: "rules/export.smk"


onstart:
    said(cluster.started, workflow)
    if not PLAN.simulated:
        if sys.modules.get("pandas") is None:
            sys.modules.pop("pandas", None)  # a source's own module may need it
        said(plan.remember_books, config)
    # Snakemake's limit of submissions starts a timer at each look for ready jobs, and each timer looks and starts the next
    # (snakemake#3744): after a hundred jobs it looks a hundred times a second. Cores limit local jobs, and a cluster's are
    # submitted one after the other.
    workflow.scheduler.job_rate_limiter = None


onsuccess:
    cluster.ended()


onerror:
    cluster.ended()
