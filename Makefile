# Everything runs from here; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
AWSCLI := .venv-awscli

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit interrupt format lock docs clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready build/layer/.ready  ## install all that is needed, pinned and hashed, into .venv and build/

$(VENV)/.ready: requirements/dev.txt requirements/footage.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing pinned dependencies into $(VENV) (some 3 minutes the first time)"
	@$(PIP_INSTALL) -r requirements/dev.txt
	@$(PIP_INSTALL) --no-deps -r requirements/footage.txt
	@touch $@

# The Lambda layer of our own: what neither the runtime nor the public Powertools layer carries.
build/layer/.ready: requirements/layer.txt $(VENV)/.ready
	@rm -rf build/layer && mkdir -p build/layer/content
	@$(PIP_INSTALL) --no-deps --no-compile --target build/layer/content/python -r requirements/layer.txt
	@touch $@

# The AWS CLI, for the tests of the docs' commands: it pins what the rest must not be held to, so it lives apart.
$(AWSCLI)/.ready: requirements/awscli.txt $(VENV)/.ready
	@test -x $(AWSCLI)/bin/python || $(PYTHON) -m venv $(AWSCLI)
	@$(AWSCLI)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/awscli.txt
	@touch $@

demo: setup  ## a fleet wakes from zero, renders real video and goes back to sleep, on this machine
	@$(BIN)/python -m local demo

test: setup $(AWSCLI)/.ready lint  ## everything that CI checks: ruff, pyright, pytest
	@$(MAKE) --no-print-directory -j2 types unit

lint:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types:
	@$(BIN)/basedpyright

unit:
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

interrupt: setup  ## end a demo half-way and show that nothing of it is left
	@$(BIN)/python -m pytest -m interrupt tests/local/test_demo.py

format: setup  ## let ruff mend what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

UV_COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command 'make lock'
lock:  ## resolve requirements/*.in anew (needs uv)
	@$(UV_COMPILE) requirements/dev.in -o requirements/dev.txt
	@$(UV_COMPILE) -c requirements/dev.txt requirements/worker.in -o requirements/worker.txt
	@$(UV_COMPILE) -c requirements/dev.txt requirements/layer.in -o requirements/layer.txt
	@$(UV_COMPILE) --no-deps requirements/footage.in -o requirements/footage.txt
	@$(UV_COMPILE) requirements/awscli.in -o requirements/awscli.txt

docs: setup  ## write the generated reference pages anew
	@$(BIN)/python -m jobs.reference

clean:  ## remove what was made here (not the virtual environment)
	@rm -rf out build .local .pytest_cache .ruff_cache .hypothesis
