# `make lab` and `make test` need nothing but Python and this folder: both set up by themselves.
# GNU make 3.81 (the one on macOS) must do; so no .ONESHELL.

# python3, or a neighbour of it for which every dependency is ready to install (3.14: two have to be compiled).
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c \
	'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
endif
ifeq ($(PYTHON),)
PYTHON := python3
endif
BIN := .venv/bin
READY := .venv/.stamp
PYTEST := $(BIN)/python -m pytest

.PHONY: help setup lab tour test quick bench check format contracts docs wheel site pins clean

help: ## list these targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -e 's/:.*## /: /' -e 's/^/make /'

setup: $(READY) ## make .venv/ with everything in it, at the pinned versions

lab: $(READY) ## open JupyterLab on a copy of the notebooks, which is yours
	@$(BIN)/sessionlab lab

tour: $(READY) ## the eight permission types in the terminal, under both rulesets
	$(BIN)/sessionlab tour --rules documented
	$(BIN)/sessionlab tour --rules deployed

test: $(READY) ## every test and every notebook
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder tests

quick: $(READY) ## the rules, the client and the layers, within a minute
	$(PYTEST) -n 2 --dist loadfile tests/permissions tests/client/test_eight_types.py tests/client/test_lifecycle.py \
		tests/project/test_layers.py tests/project/test_words.py

bench: $(READY) ## the performance figures
	$(BIN)/python -m tests.bench

check: $(READY) ## style, format, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY) ## put style and format right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contracts: $(READY) ## compile the Vyper sources into sessionlab/core/contracts/artifacts/
	$(BIN)/python -m sessionlab.cli.compile_contracts

docs: $(READY) ## the guides and the reference as pages, in build/docs/
	$(BIN)/python -m sphinx --fail-on-warning --fresh-env --quiet --builder html \
		--doctree-dir build/doctrees docs build/docs
	@echo "build/docs/index.html"

wheel: $(READY) ## build the package that pip installs, in dist/
	$(BIN)/python -m hatchling build --target wheel

site: $(READY) ## the lab in a browser, the lessons and the reference as static files, in site/
	$(BIN)/python -m browser --to site

pins: $(READY) ## write constraints.txt anew, from the bounds in pyproject.toml
	rm -rf build/pins
	mkdir -p build/pins
	$(BIN)/python -m pip install --quiet --dry-run --ignore-installed --only-binary :all: --python-version 3.11 \
		--target build/pins --report build/pins/report.json ".[dev]"
	$(BIN)/python tests/project/write_pins.py build/pins/report.json
	$(BIN)/python -m browser.pin

clean: ## remove .venv/ and whatever else was made
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version) is too old: sessionlab needs 3.11 or newer. Name another one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 14))' || \
		echo "$$($(PYTHON) --version): coincurve and immutables have to be compiled. If that fails: make setup PYTHON=python3.13"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)
