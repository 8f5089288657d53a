# Everything works from a clean clone with Python 3.11 or newer and make; run `make help`.

VENV := .venv
BIN := $(VENV)/bin
# Options for pytest, as in: make test ARGS="-k sort --maxfail=1"
ARGS ?=
# In how many processes tests run: `logical` is one a processor, 0 is one alone.
# One alone writes what `UPDATE=1 make test` writes, as others would read it meanwhile.
WORKERS ?= $(if $(UPDATE),0,logical)

.DEFAULT_GOAL := help
.PHONY: help demo test bench lint types format clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## turn a small real table into a data package, in the folder demo/
	rm -rf demo && mkdir demo
	cd demo && ../$(BIN)/dataflows init ../examples/elements.csv
	@echo && echo "In demo/ there is now:" && cd demo && find . -type f | sort

test: $(VENV)/.installed-dev ## run all tests; pass options to pytest with ARGS="…"
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --maxprocesses=8 --dist=worksteal $(ARGS)

bench: $(VENV)/.installed-dev ## measure the same job done by us and by others; ARGS=--quick for a short look
	$(BIN)/python benchmarks/bench.py $(ARGS)

lint: $(VENV)/.installed-dev ## check the style
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

format: $(VENV)/.installed-dev ## correct what can be corrected of the style by itself
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

types: $(VENV)/.installed-dev ## check the types, in the layout in which they are installed
	$(BIN)/python -m pytest -q tests/project/test_types.py

clean: ## remove what the other targets made
	rm -rf $(VENV) demo .benchmark build dist dataflows.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# `make PYTHON=…` says which Python; else it is python3, or where that is too old, the newest that is not.
$(BIN)/python:
	@set -e; \
	found=""; \
	for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "no Python 3.11 or newer was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found has no module venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	"$$found" -m venv $(VENV)

# The stamps are newer than pyproject.toml when what it asks for is installed.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/.installed
