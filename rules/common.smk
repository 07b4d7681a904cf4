# What Snakemake itself needs; all else is tested Python in scripts/nianjian/plan.
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from snakemake.persistence import PersistenceBase

from nianjian import cluster, earlier_results, locales, plan, running, runs
from nianjian.errors import NianjianError, explained
from nianjian.plan.quoting import quoted
from nianjian.running import report_page

if workflow.is_main_process:
    books = (
        [config["raw_root"]]
        if config.get("raw_root")
        else Path("results").glob("*/books")
    )
    locales.read_names_as_utf8(books, workflow.workdir_init)

runs.use_package(Path(workflow.basedir) / "scripts")
# One thread of linear algebra a job: with several jobs at once more threads only get in each other's way.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("PYTHONHASHSEED", "0")
# Snakemake starts scripts by a shell without quoting the interpreter (snakemake#2645): in a folder with a blank in its name
# no job would run, and one called `a;b` would run b.
if "\\" not in sys.executable:
    sys.executable = quoted(sys.executable)


def said(call, *arguments):
    """What a call returns; what is the user's to mend ends the command with its message, which a traceback would hide."""
    try:
        return call(*arguments)
    except (NianjianError, OSError) as error:
        message = str(error) if isinstance(error, NianjianError) else explained(error)
        if message is None:
            raise
        sys.exit(message)


PLAN = said(plan.for_rules, config)
# Says what became of a run that was killed, and lets jobs end with their run.
earlier_results.keep(PersistenceBase)
said(runs.begin, ".", workflow.is_main_process, "--unlock" in sys.argv)
if workflow.is_main_process:
    runs.look_at_rights(PLAN.folder)
    runs.look_at_dates(
        path
        for job in PLAN.jobs["extracts"]
        for paths in job.inputs.values()
        for path in paths
    )

running.listen(workflow, PLAN)

# To ask whether a param is a frame Snakemake would import pandas, which takes half a second at each call. Params are plain.
sys.modules.setdefault("pandas", None)

R = PLAN.folder


# The page on which `snakemake --report` opens.
report: os.path.abspath(PLAN.welcome)


report_page.complete(PLAN.reported, PLAN.books, sys.argv)


def kept(path):
    """An output that stays until the job has made it anew, so that bad input deletes nothing."""
    return update(path) if Path(path).exists() else path


def named(outputs):
    """Outputs by name, each kept until it is made anew."""
    return {name: [kept(path) for path in paths] for name, paths in outputs.items()}


def shown(path):
    """An output, which stands in the report if the plan says so."""
    flag = report  # at the start of a line `report` would be the keyword of that name
    own = PLAN.reported.get(path)
    if own is None:
        return kept(path)
    return flag(
        kept(path),
        category=own["category"],
        subcategory=own["subcategory"],
        labels=own["labels"],
        caption=f"captions/{own['caption']}.rst",
    )


def reported(outputs, mark=""):
    """Outputs by name, as the report shows them; ``mark`` stands before names that may be no names of Python."""
    return {
        f"{mark}{name}": [shown(path) for path in paths]
        for name, paths in outputs.items()
    }
