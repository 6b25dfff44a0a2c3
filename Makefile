SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export OMP_WAIT_POLICY ?= passive
READY := .venv/.ready

help:            ## list the targets
	@sed -n 's/^\([a-z-]*\): *[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

repro: $(READY)  ## environment, data, all runs at the scale of params.yaml, results table
	tools/repro.sh $(JOBS)
	@cat report/results.md

demo: $(READY)   ## in seconds: two texts and a puzzle, by the weights that git holds
	trm_demo

test: $(READY)   ## every gate: notebooks clean, exported and passing; pipeline, README and style consistent
	tools/gates.sh

test-long: $(READY)  ## the long forms: fifty kills, every planted bug, 118 million tokens in 2 GB, the wheel
	nbdev_test --flags slow --path nbs/21_properties.ipynb --timing
	python tools/mutants.py --all
	python tools/memory.py
	tools/wheel.sh

wheel-test: $(READY)  ## the package as a dependency: a fresh environment, an empty folder, a model built, probed and sampled
	tools/wheel.sh

experiments: $(READY)  ## the experiments of `dvc exp run`, one column each: what differs, in 120 columns
	@dvc exp show --csv --only-changed | python tools/experiments.py

smoke: $(READY)  ## the whole pipeline at scale smoke, in a scratch clone of HEAD
	tools/smoke.sh

docs: $(READY)   ## the site, _docs/html; nothing is executed, and a warning is an error
	tools/site.sh

lab: $(READY)    ## JupyterLab on nbs/
	env -u JUPYTER_PATH JUPYTER_PREFER_ENV_PATH=1 jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/nbs

env: $(READY)    ## only the environment, .venv

constraints:     ## renew constraints.txt from settings.ini (needs uv and a registry)
	tools/constraints.sh

clean:           ## remove the environment, build/, the site and the checkpoints of interrupted runs; data, tokens, runs and results stay
	rm -rf .venv .resume build _docs docs/api docs/figures *.egg-info

$(READY): settings.ini setup.py constraints.txt tools/install.sh
	tools/install.sh

.PHONY: help repro demo test test-long wheel-test experiments smoke docs lab env constraints clean
