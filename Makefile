# Each target makes .venv and installs what it needs by itself. PYTHON names the interpreter to make it with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
DESCRIPTION := pyproject.toml src/devicetrust/_version.py

.NOTPARALLEL:
.PHONY: help demo test test-slow lint types docs servers servers-installed bench conformance clean

help:
	@echo "make demo       verify real chains: one that is trusted, one that is not, each with its reasons"
	@echo "make test       lint, types, and every test and doctest"
	@echo "make test-slow  the same, with as many generated cases as the promises name"
	@echo "make lint       ruff, and import-linter for the floors"
	@echo "make types      mypy --strict"
	@echo "make docs       the documentation, into docs/_build/html"
	@echo "make servers    which wrong certificates common servers admit, into docs/reference/what-servers-admit.md"
	@echo "make servers-installed  what that and the tests need of Debian's servers: apt-get, as root, where it can"
	@echo "make bench      ratios to other verifiers, side by side"
	@echo "make conformance  figures of x509-limbo, PKITS and the samples"
	@echo "make clean      remove what was made, .venv aside"

demo: $(VENV)/.installed-dev
	@$(BIN)/python examples/demo.py

# pytest last: its summary closes the output.
test: lint types
	@$(BIN)/python -m pytest

test-slow: export DEVICETRUST_SLOW := 1
test-slow: test

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.installed-dev
	@$(BIN)/mypy

docs: $(VENV)/.installed-docs
	@$(BIN)/python -m sphinx -W --keep-going -E -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

servers: $(VENV)/.installed-dev
	@$(BIN)/python tests/interop/refusal_table.py > docs/reference/what-servers-admit.md.new
	@mv docs/reference/what-servers-admit.md.new docs/reference/what-servers-admit.md

# Apart from the others, none of which changes the machine.
servers-installed:
	@tests/interop/install-servers

bench: $(VENV)/.installed-dev
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/revocation.py
	@$(BIN)/python benchmarks/tls.py
	@$(BIN)/python benchmarks/rules.py

conformance: $(VENV)/.installed-dev
	@$(BIN)/python tests/conformance/report.py

clean:
	@rm -rf build dist docs/_build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -f docs/reference/findings.md docs/reference/profiles.md docs/reference/rfc5280-steps.md
	@rm -f docs/reference/revocation-deviations.md docs/reference/faults.md
	@rm -f docs/reference/command-line-help.txt
	@rm -rf docs/reference/rules
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-dev: $(DESCRIPTION) | $(BIN)/python
	@$(INSTALL) -e '.[cli,dev]'
	@touch $@

$(VENV)/.installed-docs: $(DESCRIPTION) | $(BIN)/python
	@$(INSTALL) -e '.[cli,http,docs]'
	@touch $@
