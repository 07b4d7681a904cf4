# The two commands: `make run` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
CLUSTER_VENV ?= .venv-cluster
CORES ?= 2
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export PYTHONHASHSEED ?= 0
# Compiled modules are kept: every job is a process of its own.
export PYTHONDONTWRITEBYTECODE =
# Lowest share of the library that the tests may cover, in per cent.
COVERAGE ?= 80

.PHONY: run test test-fast coverage fuzz test-cluster cluster bench bench-scale plant montecarlo faults resources new-study lock clean lint format schemas docs architecture

run: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores $(CORES)

# All tests, half of them beside the other half; the last line is pytest's summary.
test: lint
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest -n $(CORES) --dist loadscope --no-loadscope-reorder

# The same in one half more of the time, since every line is counted; ends with the share of the library that the tests run.
coverage: lint
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest -n $(CORES) --dist loadscope --no-loadscope-reorder --cov --cov-report= --cov-fail-under=$(COVERAGE)

# Under a minute: no Snakemake, no real books, nothing marked slow.
test-fast: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest -q -m "not workflow and not real and not slow" tests/unit

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile rules
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint
	$(BIN)/mypy
	$(BIN)/codespell

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

# Peers are heavy and one has a commercial solver beside it: they get an environment of their own.
bench: $(BENCH_VENV)/.ready
	$(BENCH_VENV)/bin/python tests/bench/run.py

# Time and memory at once, three and ten times the cells; `make bench-scale SCALE=--short` takes minutes.
SCALE ?=
bench-scale: $(VENV)/.ready
	$(BIN)/python tests/bench/scale/run.py $(SCALE)

# Errors planted into the cells of a set of books, and what the list of suspects finds of them.
CELLS ?= results/real/extracts/city_yearbook
plant: $(VENV)/.ready
	$(BIN)/python tests/bench/plant.py $(CELLS)

# Bias, coverage and size of every estimator on simulated panels, 800 of each way to make an interval: some minutes on two cores.
montecarlo: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --snakefile tests/montecarlo/Snakefile --cores $(CORES)
	@cat results/montecarlo/table.txt

# What is needed to submit to a cluster, in the same environment; docs/clusters.md.
cluster: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements-cluster.lock

# All five studies through a real SLURM of three nodes on this machine: about an hour. Needs root on Debian.
test-cluster:
	$(MAKE) cluster VENV=$(CLUSTER_VENV)
	PATH="$(CURDIR)/$(CLUSTER_VENV)/bin:$$PATH" python -m pytest -v -rs tests/cluster

# Memory and time of jobs, from the benchmarks of whole runs of the sets of books that are named.
BOOKS ?= simulated
resources: $(VENV)/.ready
	PYTHONPATH=scripts $(BIN)/python -m nianjian.running.measuring $(BOOKS)

# Kills, full disks, lost rights, clocks, locales: what the world does to a run. An hour on two cores.
faults: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" python tests/faults/run.py --seed 1 --kills 50

# A folder of one's own with a study that runs as it is: make new-study DIR=../my_study WITH="--outcome gdp_pc".
WITH ?=
new-study: $(VENV)/.ready
	@test -n "$(DIR)" || { echo "say where: make new-study DIR=../my_study"; exit 1; }
	@PATH="$(CURDIR)/$(BIN):$$PATH" python scripts/new_study.py "$(DIR)" $(WITH)

# What follows from the models and kinds: schemas for editors, the reference pages.
schemas: $(VENV)/.ready
	cd scripts && ../$(BIN)/python -m nianjian.declarations

docs: $(VENV)/.ready
	cd scripts && ../$(BIN)/python -m nianjian.declarations docs
	cd scripts && ../$(BIN)/python -m nianjian.launcher.items
	cd scripts && ../$(BIN)/python -m nianjian.assumptions

# The picture of the packages, from their imports.
architecture: $(VENV)/.ready
	$(BIN)/python docs/draw_architecture.py

# Resolve the dependencies anew; needs uv. The locks name no registry.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra test --extra install pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra bench pyproject.toml --output-file requirements-bench.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-deps --group cluster --output-file requirements-cluster.lock

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --editable .
	touch $@

$(BENCH_VENV)/.ready: requirements-bench.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-bench.lock
	touch $@

# Workbooks with flipped bytes, other cell types, marks of notes, formats, hidden sheets: nothing may change in silence.
FUZZ ?= --seed 1 --mutations 1000
fuzz: $(VENV)/.ready
	$(BIN)/python tests/fuzz/run.py $(FUZZ)

clean:
	rm -rf results logs benchmarks .snakemake
