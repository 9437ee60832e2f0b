# Every command of the house. `make setup` once, then `make demo` or `make test`.

STAMPS := .venv/stamps
PYTHON_IN_VENV := .venv/bin/python
PIP := $(PYTHON_IN_VENV) -m pip --disable-pip-version-check
NODE := $(PYTHON_IN_VENV) -m build_support.node
REQUIREMENTS := build_support/requirements.txt
DEV_REQUIREMENTS := build_support/requirements-dev.txt

.PHONY: help setup demo pictures test pytest lint format types browser-test bundle docs site dist bench \
	bench-peers soak-rendering chaos lock programs clean

help:
	@echo "make setup           make .venv and everything the tests need"
	@echo "make demo            serve the examples"
	@echo "make test            everything below that checks; what CI runs"
	@echo "make lint types      ruff; mypy and pyright"
	@echo "make browser-test    check the types of the browser modules and run their tests"
	@echo "make pytest          the Python tests (ARGUMENTS='-k name' passes them on)"
	@echo "make format bundle   rewrite with ruff; rebuild client/static/limelight.js"
	@echo "make docs bench      the documentation's tests; the benchmarks"
	@echo "make site dist       the documentation as a site; the wheel and the sdist"
	@echo "make pictures        take the pictures of the README from the examples"
	@echo "make bench-peers     Limelight beside other frameworks, about ten minutes alone"
	@echo "make soak-rendering chaos   the long runs"
	@echo "make lock clean      pin anew; remove what was made"

# --- what has to be there --------------------------------------------------------------

$(STAMPS)/venv:
	@sh build_support/make_venv.sh $(MAKECMDGOALS)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/demo: $(REQUIREMENTS) pyproject.toml | $(STAMPS)/venv
	@echo "Installing Limelight"
	@$(PIP) install --quiet --no-deps -r $(REQUIREMENTS)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: $(DEV_REQUIREMENTS) pyproject.toml | $(STAMPS)/venv
	@echo "Installing Limelight and what its tests need"
	@$(PIP) install --quiet --no-deps -r $(DEV_REQUIREMENTS)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMPS)/demo $@

$(STAMPS)/node: package-lock.json package.json | programs
	@echo "Installing the browser tools"
	@$(NODE) npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

programs: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m build_support.provision

setup: programs $(STAMPS)/node

# --- what newcomers run ----------------------------------------------------------------

demo: $(STAMPS)/demo
	@$(PYTHON_IN_VENV) -m build_support.demo

pictures: setup
	@$(PYTHON_IN_VENV) -m build_support.pictures

test: setup
	@$(PYTHON_IN_VENV) -m build_support.stages lint types browser-test pytest

# --- the stages of the tests -----------------------------------------------------------

pytest: setup
	@$(PYTHON_IN_VENV) -m pytest $(ARGUMENTS)

lint: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m ruff check
	@$(PYTHON_IN_VENV) -m ruff format --check

format: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m ruff check --fix
	@$(PYTHON_IN_VENV) -m ruff format

types: setup
	@$(PYTHON_IN_VENV) -m mypy
	@$(NODE) $(PYTHON_IN_VENV) -m pyright

browser-test: $(STAMPS)/node
	@$(NODE) node_modules/.bin/tsc --project tsconfig.json
	@$(NODE) node --test $$(find tests -name '*.test.js')

bundle: $(STAMPS)/node
	@$(NODE) node client/browser/build.js

docs: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m pytest tests/house/test_documentation.py tests/house/test_site.py

site: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m build_support.site

dist: $(STAMPS)/dev
	@$(PYTHON_IN_VENV) -m build_support.release

# --- the long runs ---------------------------------------------------------------------

BENCHMARKS = $(filter-out __init__ soak_% %_application,$(basename $(notdir $(wildcard benchmarks/*.py))))

bench: setup
	@for benchmark in $(BENCHMARKS); do \
		echo "== $$benchmark"; $(PYTHON_IN_VENV) -m benchmarks.$$benchmark || exit 1; done

bench-peers: setup
	@$(PYTHON_IN_VENV) -m benchmarks.peers $(or $(ARGUMENTS),--write)

soak-rendering: setup
	@$(PYTHON_IN_VENV) -m benchmarks.soak_rendering $(ARGUMENTS)

chaos: setup
	@$(PYTHON_IN_VENV) -m pytest tests/faults -m chaos --timeout=0 $(ARGUMENTS)

# --- keeping house ---------------------------------------------------------------------

PIN = echo setuptools | UV_CUSTOM_COMPILE_COMMAND="make lock" $(PYTHON_IN_VENV) -m uv pip compile \
	--quiet --universal --python-version 3.11 --no-annotate pyproject.toml -

lock: $(STAMPS)/dev
	@$(PIP) install --quiet uv
	@$(PIN) --upgrade --output-file $(REQUIREMENTS)
	@$(PIN) --upgrade --extra dev --output-file $(DEV_REQUIREMENTS)
	@$(NODE) npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv node_modules build dist .mypy_cache .pytest_cache .ruff_cache limelight.egg-info
