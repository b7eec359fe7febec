# Everything a developer or CI does here; `make help` tells. Needs make, bash and Python 3.11 or newer.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down test check bench bench-growth rehearse lint audit sbom install pictures faults clean-data lock catalogues contracts

BIN := .venv/bin
# What Python has compiled it keeps, whatever the machine says: a stack is a dozen processes, each with the same modules.
unexport PYTHONDONTWRITEBYTECODE
# More arguments for the command: make up ARGS="--port 9000", make test ARGS="tests/unit -k ledger"
ARGS ?=
# So many share the tests (see tests/sharing.py): each starts a Kafka and a PostgreSQL of its own.
WORKERS ?= 2

help:  ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: .venv/run.stamp  ## Start everything and tell the one address; Ctrl-C stops it
	@$(BIN)/fordeling up $(ARGS)

down: .venv/run.stamp  ## Stop what `make up` or `fordeling up --detach` started
	@$(BIN)/fordeling down $(ARGS)

test: install  ## Run the tests (under 10 minutes on two cores)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not heavy" $(ARGS)

check: install  ## Run the heavy tests too slow for `make test`, under 45 minutes (exit 5: there are none)
	$(BIN)/python -m pytest -n $(WORKERS) -m heavy $(ARGS) || [ $$? -eq 5 ]

bench: install  ## Measure against bare floors, goals beside it (bench/README.md; ARGS="relay --scale 0.1")
	@$(BIN)/python -m bench $(ARGS)

bench-growth: install  ## Measure the same at 0, 1 and 10 years of national history, loaded by COPY
	@$(BIN)/python -m bench growth $(ARGS)

rehearse: install  ## Rehearse disasters: a database restored, Kafka lost; figures in .data/rehearsals
	FORDELING_REHEARSALS=$(CURDIR)/.data/rehearsals $(BIN)/python -m pytest tests/integration/ops/test_disaster.py $(ARGS)

lint: .venv/dev.stamp  ## Check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: .venv/run.stamp  ## Ask whether a locked package has a known vulnerability (skipped, with a word, where one cannot ask)
	@$(BIN)/python -m ops.supply.audit

sbom: .venv/run.stamp  ## Write what the system is made of, from the lock files: .data/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m ops.supply.sbom $(ARGS)

install: .venv/dev.stamp  ## Install all that development needs
	@$(BIN)/fordeling install

faults: install  ## Break a running stack in every way of a list, and compare what it keeps (ARGS="--help")
	$(BIN)/python -m tests.faults $(ARGS)

pictures: install  ## Take the pictures in the documentation anew, from a fresh demonstration
	$(BIN)/python -m tests.browser.pictures

clean-data:  ## Stop the stack of this tree and forget all its data
	@[ ! -e .data/stack.json ] || $(BIN)/fordeling down
	rm -rf .data

catalogues: .venv/dev.stamp  ## Bring the pages' nynorsk and English catalogues to what the source says (docs/languages.md)
	$(BIN)/python -m gateway.locales.update

contracts: .venv/dev.stamp  ## Write the schemas and the AsyncAPI document anew, freeze messages of new versions
	$(BIN)/python -m contracts.generate

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:  ## Lock the dependencies of pyproject.toml and package.json anew
	@command -v uv >/dev/null || { echo "fordeling: 'uv' is missing: install it (pipx install uv)." >&2; exit 1; }
	$(LOCK) --extra embedded pyproject.toml -o requirements/run.txt
	$(LOCK) --extra embedded --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	$(LOCK) -c requirements/run.txt pyproject.toml -o requirements/services.txt
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

.venv/run.stamp: requirements/run.txt ops/install.sh ops/link.py
	@ops/install.sh run
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@ops/install.sh dev
	@touch $@
