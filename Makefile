# Everything here starts from Python 3.11 and nothing else. `make` alone lists what there is.
#
# A stamp file stands for each thing that was installed, so a second run goes straight to its work.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PORT ?= 8420
# Test processes side by side: two for what has a browser and waits, two for what computes and gives way to them
# (tests/plugins/side_by_side.py). 0 runs everything in one, which is better with a debugger.
WORKERS ?= 4
PYTEST_ARGS ?=

# A distribution's own Python is built with what it learnt from running (profile-guided), and is an eighth faster than one
# that was compiled on the spot; one without venv will not do.
PYTHON ?= $(shell for one in /usr/bin/python3.11 python3.11 python3 python; do \
  command -v $$one && $$one -c 'import ensurepip, venv' && break; done 2>/dev/null | tail -1)
VENV := .venv
PY := $(VENV)/bin/python
# Twice quiet: only errors. A mirror that lacks a page is none.
PIP := $(PY) -m pip --disable-pip-version-check -qq
NODE := $(PY) -m tools.node

RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
NPM_READY := node_modules/.ready

PYTEST = $(COMPILED) $(PY) -m pytest -n $(WORKERS)

CODE := exercises sessions server tests tools

# Tests start some dozens of programs. Where the machine forbids compiled files (PYTHONDONTWRITEBYTECODE), each would
# compile all that it imports again, which is most of its start; here they lie together, and none in the tree.
COMPILED := env -u PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX="$(CURDIR)/$(VENV)/compiled"
# What is read from there need not be compiled beside its source too, a quarter of an installation's work.
AS_WRITTEN := $(if $(PYTHONDONTWRITEBYTECODE),--no-compile)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ------------------------------------------------------------------ run

.PHONY: run
run: $(RUN_READY) ## start the demo: one therapist, three patients, a visit that is due (PORT=8420)
	@exec $(VENV)/bin/ebb demo --port $(PORT)

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and was not found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; $(PYTHON) is older. Name another: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The run lock alone: hashed, so that only what was reviewed is installed. Ebb itself comes after it, built by
# the setuptools of the lock, because a build in isolation would fetch another one unhashed.
$(RUN_READY): requirements/run.lock pyproject.toml | $(PY)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip --upgrade >/dev/null
	@echo "Installing what Ebb needs to run ..."
	@$(PIP) install $(AS_WRITTEN) --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# ------------------------------------------------------------------ develop

.PHONY: dev
dev: $(DEV_READY) ## install what tests and checks need

$(DEV_READY): requirements/dev.lock $(RUN_READY)
	@echo "Installing what the tests and checks need ..."
	@$(PIP) install $(AS_WRITTEN) --require-hashes -r requirements/dev.lock
	@touch $@

# Where the machine has a Node.js that will do, its tools are fetched while Python's are (`make --jobs`).
HAS_NODE := $(shell command -v npm >/dev/null && node -p 'Number(process.versions.node.split(".")[0]) >= 20' 2>/dev/null)
$(NPM_READY): package-lock.json package.json .npmrc | $(if $(filter true,$(HAS_NODE)),$(PY),$(DEV_READY))
	@echo "Installing the front end's checking tools ..."
	@$(NODE) npm ci --silent
	@touch $@

.PHONY: test
test: programs ## what has to hold for every change; what had to be skipped stands in the summary
	@$(PYTEST) --durations=10 $(PYTEST_ARGS)

.PHONY: thorough
thorough: programs ## the whole suite: every page, state, size and order too, and not the one that stands for them
	@EBB_THOROUGH=1 $(PYTEST) -m "not long" --durations=10 $(PYTEST_ARGS)

.PHONY: programs
programs: $(DEV_READY) $(NPM_READY)
	@$(PY) -m tools.get_chromium
	@$(PY) -m tools.get_coturn
	@$(PY) -m tools.get_deploy_tools

# Each process that runs tests would compile all of them for itself, where nobody has done it before.
.PHONY: compiled
compiled: $(DEV_READY)
	@said=$$($(COMPILED) $(PY) -m pytest --collect-only -qq 2>&1) || { echo "$$said"; exit 1; }

.PHONY: check
check: $(DEV_READY) $(NPM_READY) ## format, lint, types, import contracts, front end; everything is reported, anything blocks
	@$(COMPILED) $(PY) -m tools.check

.PHONY: format
format: $(DEV_READY) $(NPM_READY) ## let the formatters and the safe fixes do their work
	@$(PY) -m ruff check --quiet --fix $(CODE) || true
	@$(PY) -m ruff format $(CODE)
	@$(NODE) node_modules/@biomejs/biome/bin/biome check --write --linter-enabled=false --reporter=summary --colors=off

.PHONY: catalogues
catalogues: $(DEV_READY) ## take the sentences out of the code into server/locale, and say what is not translated
	@$(PY) -m tools.catalogues

.PHONY: bench
bench: $(DEV_READY) $(NPM_READY) ## every figure beside its floor; also written to var/bench.json
	@mkdir -p var
	@$(PY) -m tests.bench

# A run says its seed. SEED=… makes the same choices again, KILLS=… a shorter or longer run of it.
.PHONY: faults
faults: $(DEV_READY) ## the long fault runs: kill -9, full disks, bad networks (SEED=2026 KILLS=200)
	@$(PY) -m tools.get_chromium
	@FAULTS_SEED=$(or $(SEED),2026) FAULTS_KILLS=$(or $(KILLS),200) $(PYTEST) -m "" tests/faults $(PYTEST_ARGS)

# ------------------------------------------------------------------ housekeeping

# The locks name versions and hashes and no registry, so that they install wherever there is one.
# UPGRADE=--upgrade takes the newest of everything; UPGRADE="--upgrade-package aiohttp" of one.
UPGRADE ?=
TOOLS := .venv-tools/bin
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(TOOLS)/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-emit-find-links $(UPGRADE)

$(TOOLS)/.ready: requirements/tools.lock
	@test -x $(TOOLS)/python || $(PYTHON) -m venv .venv-tools
	@$(TOOLS)/python -m pip --disable-pip-version-check -qq install --require-hashes -r requirements/tools.lock
	@touch $@

.PHONY: lock
lock: $(TOOLS)/.ready $(DEV_READY) ## write the lock files again (UPGRADE=--upgrade for newer versions)
	@$(COMPILE) pyproject.toml requirements/build.in --output-file requirements/run.lock
	@$(COMPILE) pyproject.toml requirements/build.in --extra dev --constraint requirements/run.lock \
	  --output-file requirements/dev.lock
	@$(COMPILE) requirements/tools.in --output-file requirements/tools.lock
	@$(NODE) npm install --package-lock-only --silent
	@$(PY) -m tools.complete_npm_lock

.PHONY: advisories
advisories: $(TOOLS)/.ready $(DEV_READY) ## whether an advisory names anything that is locked; says what it could not ask
	@$(PY) -m tools.advisories $(TOOLS)/pip-audit

# What Ebb is made of, for whoever has to answer for it: of the run lock, by which every server is installed.
.PHONY: sbom
sbom: $(TOOLS)/.ready $(DEV_READY) ## the bill of materials, CycloneDX, into var/sbom.json
	@mkdir -p var
	@$(TOOLS)/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
	  --of JSON --output-file var/sbom.json requirements/run.lock
	@$(PY) -m tools.sbom var/sbom.json requirements/run.lock

.PHONY: clean
clean: ## remove everything that was installed or built; never var/, where data lies
	rm -rf $(VENV) .venv-tools node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
	  .import_linter_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
