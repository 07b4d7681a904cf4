# The two commands: `make run` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
CORES ?= 2
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export PYTHONHASHSEED ?= 0

.PHONY: run test bench montecarlo lock clean lint format schemas

run: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores $(CORES)

test: lint
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile rules
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

# Peers are heavy and one has a commercial solver beside it: they get an environment of their own.
bench: $(BENCH_VENV)/.ready
	$(BENCH_VENV)/bin/python tests/bench/run.py

# Bias, coverage and size of every estimator on simulated panels: two minutes on two cores.
montecarlo: $(VENV)/.ready
	$(BIN)/python tests/montecarlo/run.py 200 $(CORES)

schemas: $(VENV)/.ready
	cd scripts && ../$(BIN)/python -m nianjian.declarations

# Resolve the dependencies anew; needs uv. The locks name no registry.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra test pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra bench pyproject.toml --output-file requirements-bench.lock

$(VENV)/.ready: requirements.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(BENCH_VENV)/.ready: requirements-bench.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-bench.lock
	touch $@

clean:
	rm -rf results logs benchmarks .snakemake
