#!/usr/bin/env bash
# The whole pipeline at scale smoke, in a scratch clone of HEAD, twice: the second time there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
export HF_HUB_OFFLINE=1 MPLBACKEND=agg
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
git clone -q . "$scratch/trm"
cd "$scratch/trm"
export PYTHONPATH=$PWD
sed -i 's/^scale: [a-z]*/scale: smoke/' params.yaml
dvc repro > "$scratch/log" 2>&1 || { tail -60 "$scratch/log"; exit 1; }
cat report/results.md
dvc repro 2>&1 | tee "$scratch/second" | tail -1
grep -q 'up to date' "$scratch/second" || { echo 'the second dvc repro was not idle'; exit 1; }
dvc metrics diff HEAD --targets results/tiny_shakespeare/trm/metrics.json | sed -n 1,4p
dvc metrics show | grep -c metrics.json
