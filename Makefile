# Everything is installed into .venv here; system packages only by `make test` and `make demo`, and only when they may.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
SYSTEM := deploy/install-system-packages
LOAD ?=
# Tests that run at the same time; what they start are processes of their own, so more than the processors is too many.
SIDE_BY_SIDE ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast durability lint bench load clean

help: ## print this
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(STAMPS)/run ## install, make a demo country, renew one card over real TLS, serve until Ctrl-C
	$(BIN)/webvartti demo run demo-country

test: $(STAMPS)/test lint ## install what the tests need (system packages too) and run them all
	$(BIN)/python -m tests -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder

test-fast: $(STAMPS)/fast ## about a minute: nothing beyond this machine, no browser, no database server
	$(BIN)/python -m tests -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder -m "not journey and not slow" --allow-hosts=127.0.0.1,::1,localhost --ignore=tests/integration --ignore=tests/journeys --ignore=tests/benchmarks --ignore=tests/durability -q

durability: $(STAMPS)/test ## kill what runs 200 times on each database, and compare what people were told with what is there
	WEBVARTTI_TEST_KILLS=$${WEBVARTTI_TEST_KILLS:-200} $(BIN)/python -m pytest tests/durability -s -q

lint: $(STAMPS)/fast ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config setup.cfg

bench: $(STAMPS)/fast ## measure: each figure a ratio against a named reference in the same run
	$(BIN)/python -m pytest tests/benchmarks -s --override-ini=python_files=bench_*.py -p no:cacheprovider -q

load: $(STAMPS)/test ## a Monday morning after a mass reminder, put on this machine; options: make load LOAD="--help"
	$(BIN)/python -m tests.load $(LOAD)

clean: ## throw away what was installed and made here
	rm -rf $(VENV) $(STAMPS) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis demo-country

$(STAMPS)/system-run:
	@mkdir -p $(STAMPS)
	$(SYSTEM) run
	@touch $@

$(STAMPS)/system-fast:
	@mkdir -p $(STAMPS)
	$(SYSTEM) fast
	@touch $@

$(STAMPS)/system-test:
	@mkdir -p $(STAMPS)
	$(SYSTEM) test
	@touch $@

$(STAMPS)/run: $(STAMPS)/system-run setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMPS)/fast: $(STAMPS)/system-run $(STAMPS)/system-fast setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(STAMPS)/run

$(STAMPS)/test: $(STAMPS)/system-test $(STAMPS)/fast
	@touch $@
