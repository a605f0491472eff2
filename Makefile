# One word each. `make help` lists them. Needs Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
LONG_SIDE ?= 2048
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
SOURCES := likeness_wire likeness_client services gateway deploy bench tests protos/generate.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-all soak check protos accept-api rules pin bench drill clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/.demo ## the main job from nothing; LONG_SIDE=3840 for 4K
	$(BIN)/likeness demo --long-side $(LONG_SIDE)

test: .venv/.dev ## tests that need pip packages only
	$(PYTEST) -n 2 --dist loadfile -m "not server and not kill and not soak"

test-all: test ## and those with real servers and kills; what CI runs
	$(PYTEST) -m "(server or kill) and not soak"

soak: .venv/.dev ## kill tests twenty times, long leak tests, fuzzing, new examples of properties
	LIKENESS_SOAK_ROUNDS=20 $(PYTEST) -m "kill or soak"

check: .venv/.dev ## style, types, contracts, stale files
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/python protos/generate.py --check
	cd protos && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code
	cd protos && ../$(BIN)/buf breaking --against api.txtpb
	@cd protos && ../$(BIN)/buf build --exclude-source-info -o -\#format=txtpb | cmp -s - api.txtpb \
	  || { echo "the API has changed: look at it, then accept it with 'make accept-api'"; exit 1; }

protos: .venv/.dev ## write the stubs of all contracts
	$(BIN)/python protos/generate.py

accept-api: .venv/.dev ## accept a change of the API, breaking or not
	cd protos && ../$(BIN)/buf build --exclude-source-info -o api.txtpb

rules: .venv/.dev ## wrap the alert rules for the Prometheus operator
	$(BIN)/python deploy/prometheus/wrap.py

pin: .venv/.dev ## digests of base images and packages, where there is a network
	$(BIN)/python deploy/images/pin.py

bench: .venv/.dev ## measure, as ratios in one run
	$(BIN)/python -m bench

drill: .venv/.dev ## two of everything under load and one fault after the other; writes docs/drill.md
	$(BIN)/python -m bench.drill

clean: ## remove everything that was made here
	rm -rf .venv out .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

# Some packages ask for the OpenCV build that needs libGL; both builds share a folder, so the headless one comes last, alone.
define headless
	$(BIN)/pip uninstall --quiet --yes opencv-python
	$(INSTALL) --force-reinstall --no-deps opencv-python-headless
endef

# Of scikit-image only the demo photo is read, a file in it: what it would run with is not needed.
.venv/.demo: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e '.[embedded]'
	$(INSTALL) --no-deps scikit-image
	$(headless)
	touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e '.[dev]'
	$(headless)
	touch $@ .venv/.demo
