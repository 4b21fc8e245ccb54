# The commands of the project. `make` alone says what there is.
#
# A fresh machine needs Python 3.11 or newer, git and make. Everything else goes into .venv, from files that lock every
# package by its hash.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= logical

# A stamp carries the hash of what was installed: an old, broken or half-made .venv has no such stamp and is made anew.
RUNTIME_STAMP := $(VENV)/.installed-$(shell cksum < requirements.lock | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.installed-dev-$(shell cksum < requirements-dev.lock | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test check journey bench format lint types imports secrets lock vendor screenshots clean

help: ## Say what there is to run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(RUNTIME_STAMP) ## Start everything, with a simulated Entra and Graph (PORT=8080 chooses the port)
	@$(BIN)/selfservice demo $(if $(PORT),--port $(PORT))

journey: $(RUNTIME_STAMP) ## Walk the main job through the front door, headless, and print each step
	@$(BIN)/selfservice journey

bench: $(RUNTIME_STAMP) ## Measure what should be fast against something else (ARGS: rows, --json FILE, --database URL)
	@$(BIN)/selfservice bench $(ARGS)

test: $(DEV_STAMP) ## Run every test; say at the end which could not run here, and why (ARGS for pytest)
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile $(ARGS)

check: $(DEV_STAMP) ## Judge the code: format, lint, types, layers, secrets
	@$(MAKE) --no-print-directory --keep-going format-check lint types imports secrets

venv: $(DEV_STAMP) ## Make .venv with everything for development

format: $(DEV_STAMP) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --select I --quiet .

.PHONY: format-check
format-check: $(DEV_STAMP)
	@$(BIN)/ruff format --check --quiet .

lint: $(DEV_STAMP) ## Look for mistakes and bad habits
	@$(BIN)/ruff check --quiet .

types: $(DEV_STAMP) ## Check the types
	@$(BIN)/mypy

imports: $(DEV_STAMP) ## Check that the layers import in one direction
	@$(BIN)/lint-imports --no-cache --no-logo

secrets: $(DEV_STAMP) ## Look for secrets that do not belong into a repository
	@$(BIN)/python tools/find_secrets.py

lock: $(DEV_STAMP) ## Choose the newest versions that fit, and lock them by hash
	@$(COMPILE) --upgrade --extra build --output-file requirements.lock
	@$(COMPILE) --upgrade --extra build --extra test --extra dev --constraint requirements.lock --output-file requirements-dev.lock

vendor: $(DEV_STAMP) ## Fetch the front-end libraries anew (needs npm)
	@$(BIN)/python tools/vendor.py

screenshots: $(DEV_STAMP) ## Take the pictures of the documentation anew
	@$(BIN)/python -m tools.screenshots
	@$(BIN)/python -m tools.lifecycle_picture

clean: ## Remove what the commands above made, but never instance/
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- the environment ------------------------------------------------------------------------------------------------

$(RUNTIME_STAMP): | requirements.lock
	@test -e $(DEV_STAMP) || { $(call make-venv,requirements.lock); }
	@touch $@

$(DEV_STAMP): | requirements-dev.lock
	@$(call make-venv,requirements-dev.lock)
	@touch $@ $(RUNTIME_STAMP)

# --clear removes whatever stood there, so that a broken environment heals itself.
define make-venv
echo "making $(VENV) from $(1) ..." \
&& $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")' \
&& $(PYTHON) -m venv --clear $(VENV) \
&& $(PIP) install --require-hashes --requirement $(1) \
&& $(PIP) install --no-deps --no-build-isolation --editable .
endef
