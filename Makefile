# Each target sets up what it needs, once, in .venv. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One more than there are processors: some tests wait for real clocks and processes.
WORKERS := $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

.DEFAULT_GOAL := help
.PHONY: help demo run test soak coverage lint bench format lock clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "davidagent needs Python >= 3.11; $(PYTHON) is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Setting up $(VENV) (once; about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[^ ;]*' requirements.lock)" 2>/dev/null || true
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock 2>/dev/null || $(BIN)/python -m pip install -qq --use-pep517 --disable-pip-version-check -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . 2>/dev/null || $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $(READY)

$(VENV)-bench/.ready: pyproject.toml bench/requirements.lock $(READY)
	@test -x $(VENV)-bench/bin/python || $(PYTHON) -m venv $(VENV)-bench
	@echo "Setting up $(VENV)-bench (once)"
	@$(BIN)/uv pip install --quiet --python $(VENV)-bench/bin/python -r bench/requirements.lock 2>/dev/null || $(VENV)-bench/bin/python -m pip install -qq --use-pep517 --disable-pip-version-check -r bench/requirements.lock
	@$(BIN)/uv pip install --quiet --python $(VENV)-bench/bin/python --no-deps -e . 2>/dev/null || $(VENV)-bench/bin/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(READY) ## Run the main job on the sample feeds, offline and free
	@$(BIN)/davidagent demo

run: $(READY) ## Run the daemon with ./davidagent.yaml (Ctrl-C stops it softly)
	@$(BIN)/davidagent run

test: $(READY) ## Run the tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak"

soak: $(READY) ## Run the long ones: processes killed, crowds, browsers, the dashboard
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m soak

coverage: $(READY) ## The tests with branch coverage
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered

lint: $(READY) ## Formatting, ruff, mypy strict, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)-bench/.ready ## Measure against peers (results in bench/results)
	@$(VENV)-bench/bin/python -m bench.durable_steps
	@$(VENV)-bench/bin/python -m bench.gateway_overhead
	@$(VENV)-bench/bin/python -m bench.live_stage
	@$(BIN)/python -m bench.full_board
	@$(BIN)/python -m bench.drain
	@$(BIN)/python -m bench.hedging
	@$(BIN)/python -m bench.feed_reading
	@$(BIN)/python -m bench.dashboard --home $(or $(BIG_BOARD),/tmp/davidagent-big-board)

lock: ## Resolve requirements.lock and bench/requirements.lock anew
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --extra all --extra dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --extra bench pyproject.toml -o bench/requirements.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .hypothesis
