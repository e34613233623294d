# Convene. Needs Python 3.11 or newer, git and make; everything else comes with `make setup`.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help setup demo serve test check format lock bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: .venv/installed ## everything for working on it, in .venv and web/node_modules; quick the second time
	@$(BIN)/python hatch_build.py

demo: setup ## set up, then start with an organisation full of people on http://127.0.0.1:8000
	@$(BIN)/convene demo

serve: setup ## set up, then start an installation of your own
	@$(BIN)/convene serve

test: check ## check, then all tests, on two versions of PostgreSQL; about 25 minutes on two cores
	@$(BIN)/python tools/run_tests.py

check: setup ## format, lint, types, import contracts, tests that can be collected, front-end checks; under a minute
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@$(BIN)/python -m pytest --collect-only -qq >.venv/collect.log || { cat .venv/collect.log; exit 1; }
	@$(BIN)/python hatch_build.py run --silent check
	@$(BIN)/python hatch_build.py run --silent test

format: setup ## put all Python files into their form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/bin/python ## renew requirements*.lock from pyproject.toml and package-lock.json from package.json
	@$(PIP) install --quiet uv
	@$(BIN)/uv pip compile $(LOCKED) --extra demo --group dev --output-file requirements-dev.lock pyproject.toml
	@$(BIN)/uv pip compile $(LOCKED) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory setup
	@$(BIN)/python hatch_build.py install --package-lock-only --omit-lockfile-registry-resolved --silent
	@$(BIN)/python hatch_build.py --in tests/sdk install --package-lock-only --omit-lockfile-registry-resolved --silent

LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate --no-strip-extras

bench: setup ## measure speed against named peers and limits; no part of the tests
	@for file in availability availability_api confirm modal; do echo "== $$file"; $(BIN)/python bench/$$file.py || exit 1; done

clean: ## remove everything that was built; data directories stay
	rm -rf .venv web/node_modules src/convene/web_dist dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Convene needs Python 3.11 or newer. Install one, or name it: make PYTHON=/path"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The module venv is missing: apt install python3-venv"; exit 1; }

.venv/installed: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "Installing the locked packages into .venv (once; a minute or two)"
	@$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
