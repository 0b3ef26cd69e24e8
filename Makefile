# Everything a person types. `make` lists it. Works from any clone with Python, make and git.

PYTHON ?= python3
ENV ?= dev
FN ?= ScanOrdersFunction
EVENT ?=
ONLY ?=
# Ports of the local stack are 4566 (AWS), 8788 (SumUp) and 8080 (the shop); when one is taken:
# make up AWS_PORT=4567 SUMUP_PORT=8789 SITE_PORT=8081
# The local AWS checks every call against the functions' roles; AUTH=false switches that off.
AUTH ?= true
# Buyers pay on SumUp's page; PAYMENT_FORM=widget puts SumUp's card form on the shop's own.
export AWS_PORT SUMUP_PORT SITE_PORT AUTH PAYMENT_FORM CHROMIUM SEED
export SAM_CLI_TELEMETRY := 0
export PATH := $(CURDIR)/.venv/bin:$(PATH)

BIN := .venv/bin
RUN := $(BIN)/python -m

.DEFAULT_GOAL := help
.PHONY: help setup check test fuzz faults ablation mutation e2e browser openapi build up down demo poll logs outbox invoke deploy deploy-site pins clean

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/.ready .venv-aws/.ready ## make the two virtual environments; quick when nothing changed

check: setup ## lint: ruff, mypy, import-linter, cfn-lint, sam validate, pins, openapi
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/cfn-lint template.yaml
	$(BIN)/sam validate --lint --config-env local
	$(RUN) local.pins --check
	$(RUN) local.openapi --check

test: setup ## run the tests that need no stack
	$(RUN) pytest

fuzz: setup ## send the API requests of every kind, as its own document describes them (SEED=1 for others)
	$(RUN) pytest -m fuzz tests/fuzz

e2e: setup ## run the tests against the deployed local stack, IAM enforced
	$(RUN) pytest -m e2e

faults: setup ## break every call once, 200 pairs, and outages; draws build/faults.html
	rm -rf build/faults
	$(RUN) pytest -q -n auto -m faults tests/faults
	$(RUN) tests.faults.record

ablation: setup ## take each write condition away and see a test fail (ONLY=orders/table.py)
	$(RUN) pytest -q --capture=sys -p tests.ablation.plugin -p no:cacheprovider --hypothesis-seed=0 \
	  --ablate=$(ONLY) -m "not e2e and not browser and not fuzz" \
	  -k "not test_two_calls and not test_everything_behind_the_queues" \
	  tests/adapters tests/functions tests/faults

mutation: setup .venv-mutation/.ready ## change the code that decides, line by line, and see a test fail
	$(RUN) tests.mutation

browser: setup ## drive the site in Chromium, then buy on the local stack; build/screenshots/
	@chromium=$${CHROMIUM:-/usr/bin/chromium}; test -x $$chromium || { \
	  if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	  else \
	    echo "$$chromium is missing. On Debian: sudo apt-get install chromium; elsewhere: make browser CHROMIUM=/path/to/chromium"; exit 1; \
	  fi; }
	$(RUN) pytest -m browser tests/browser

build: setup ## sam build
	$(RUN) local build

up: setup ## start the local stack: AWS, SumUp simulator, the deployed template, the shop
	$(RUN) local up

down: setup ## stop the local stack
	$(RUN) local down

demo: setup ## everything from nothing, with a result table (KEEP=1 leaves it running)
	$(RUN) local demo

poll: setup ## look at all pending orders now, and report
	$(RUN) local poll

logs: setup ## follow the functions' logs on the local stack
	$(RUN) local logs

outbox: setup ## mails and PDFs of the local stack as files
	$(RUN) local outbox

invoke: setup ## run a deployed function: make invoke FN=ScanOrdersFunction EVENT=events/x.json
	$(RUN) local invoke $(FN) $(EVENT)

deploy: setup ## build and deploy to AWS: make deploy ENV=dev
	$(RUN) local deploy $(ENV)

deploy-site: setup ## upload the site to a deployed stack: make deploy-site ENV=dev
	$(RUN) local deploy-site $(ENV)

openapi: setup ## write the API's own description to docs/openapi.json
	$(RUN) local.openapi

pins: setup ## write the exact versions that pyproject.toml's ranges come to today
	$(RUN) local.pins

clean: ## remove everything that was made here
	@if [ -x $(BIN)/python ]; then $(RUN) local down; fi
	rm -rf .venv .venv-aws .venv-mutation build .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache local/env.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------ set-up

# $(1) is the environment's folder.
define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is: $$($(PYTHON) --version 2>&1). Set another one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || \
	  { echo "Making $(1) with $$($(PYTHON) --version) ..."; rm -rf $(1) && $(PYTHON) -m venv $(1); }
endef

# $(1) is the environment's folder, $(2) what to install. uv takes seconds where pip takes a minute,
# but is not to be had everywhere.
define install
	@echo "Installing $(2) into $(1) ..."
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check -c tests/requirements.txt uv 2>/dev/null && \
	  $(1)/bin/uv pip install --quiet --python $(1)/bin/python $(2) 2>/dev/null || \
	  $(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endef

.venv/.ready: pyproject.toml tests/requirements.txt layers/dependencies/requirements.txt
	$(call make_venv,.venv)
	$(call install,.venv,-r layers/dependencies/requirements.txt -r tests/requirements.txt)
	$(call install,.venv,--no-deps -e .)
	@touch $@

.venv-aws/.ready: local/requirements.txt
	$(call make_venv,.venv-aws)
	$(call install,.venv-aws,-r local/requirements.txt)
	@touch $@

.venv-mutation/.ready: pyproject.toml tests/mutation/requirements.txt layers/dependencies/requirements.txt
	$(call make_venv,.venv-mutation)
	$(call install,.venv-mutation,-r layers/dependencies/requirements.txt -r tests/mutation/requirements.txt)
	@touch $@
