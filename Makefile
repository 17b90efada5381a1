# Two commands do all the set-up on a machine with Python 3.11 or newer: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup run test slow lab bench lint lock
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## make the environment from the lock (nothing to do when it stands)

# Bytecode is compiled at install: an uncompiled environment makes every kernel twice as dear.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("custkit needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pip install --quiet --compile --require-hashes -r requirements.lock
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pip install --quiet --compile --no-deps -e .
	@touch $(STAMP)

run: $(STAMP)  ## the main job on the sample: every region, notebooks 01-06, reports
	$(BIN)/custkit run

test: $(STAMP)  ## all tests but the slow ones, the notebooks included
	$(BIN)/python -m pytest -n 2 --dist loadfile tests
	rm -rf outputs/.test
	CUSTKIT_OUT="$(CURDIR)/outputs/.test" $(BIN)/python -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout 120 notebooks

slow: $(STAMP)  ## long simulations, many seeds, kill tests
	$(BIN)/python -m pytest -m slow tests

lab: $(STAMP)  ## open JupyterLab on the notebooks
	$(BIN)/custkit lab

bench: $(STAMP)  ## ratios measured side by side
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_dirty.py

lint: $(STAMP)  ## ruff over package, tests and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# One resolve, two files: hashes for make, plain pins for environment.yml.
lock:  ## resolve pyproject.toml anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra test --no-header --no-annotate --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra test --no-header --no-annotate --no-emit-index-url --no-emit-find-links --constraints requirements.lock pyproject.toml -o requirements.txt
