#!/usr/bin/env bash
# The whole pipeline at scale smoke, in a scratch clone of HEAD, twice: the second time nothing is left to do.
source "$(dirname "$0")/scratch.sh"
export OMP_NUM_THREADS=2   # as a user may have set it; every run has one thread all the same
run
! grep -l '"device": "cpu, [^1]' results/*/*/record.json || { echo 'a run had several threads'; exit 1; }
cat report/results.md
dvc repro 2>&1 | tee "$scratch/second" | tail -1
grep -q 'up to date' "$scratch/second" || { echo 'the second dvc repro was not idle'; exit 1; }
dvc metrics diff HEAD --targets results/tiny_shakespeare/trm/metrics.json | sed -n 1,4p
dvc metrics show | grep -c metrics.json
