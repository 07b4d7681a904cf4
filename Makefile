# The two commands: `make run` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV ?= .venv
CORES ?= 2
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export PYTHONHASHSEED ?= 0

.PHONY: run test bench lock clean lint format schemas

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

bench: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" python tests/bench/run.py

schemas: $(VENV)/.ready
	cd scripts && ../$(BIN)/python -m nianjian.declarations

# Resolve the dependencies anew; needs uv. The lock names no registry.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra test pyproject.toml --output-file requirements.lock

$(VENV)/.ready: requirements.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

clean:
	rm -rf results logs benchmarks .snakemake
