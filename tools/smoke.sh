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

# A stage that is stopped continues, and nobody can tell: the run is made long enough to be stopped at its first checkpoint.
sed -i '0,/steps: 20, batch: 4, warmup: 5, val_every: 10, save_every: 10/s//steps: 400, batch: 4, warmup: 5, val_every: 400, save_every: 20/' params.yaml
stage=train@tiny_shakespeare-trm
dvc repro -q -s $stage > "$scratch/log" 2>&1 || { tail -60 "$scratch/log"; exit 1; }
whole=$(cat results/tiny_shakespeare/trm/* checkpoints/tiny_shakespeare/trm.safetensors runs/tiny_shakespeare/trm.ipynb | sha256sum)
for signal in TERM KILL; do
  setsid dvc repro -f -s $stage > "$scratch/log" 2>&1 & group=$!
  until compgen -G '.resume/*/step-*' > /dev/null; do sleep .02; done
  kill -$signal -- -$group; wait $group || true
  sleep 3   # a kernel whose parent was killed notices within a second
  dvc repro -f -s $stage > "$scratch/log" 2>&1 || { tail -60 "$scratch/log"; exit 1; }
  [ "$whole" = "$(cat results/tiny_shakespeare/trm/* checkpoints/tiny_shakespeare/trm.safetensors runs/tiny_shakespeare/trm.ipynb | sha256sum)" ] || { echo "a run stopped by SIG$signal did not continue to the same results"; exit 1; }
  echo "a stage stopped by SIG$signal continued to the same bytes"
done
dvc metrics diff HEAD --targets results/tiny_shakespeare/trm/metrics.json | sed -n 1,4p
dvc metrics show | grep -c metrics.json
