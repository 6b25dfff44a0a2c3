#!/usr/bin/env bash
# T, n and k as a queue of `dvc exp` in a scratch clone of HEAD: 27 short trainings, and one of them with two more seeds. What they score goes to results/claims/sweep.json.
# A small grid, to try it: T=1,2 n=1 k=1,2 steps=20 tools/sweep.sh ../small.json
home=$(cd "$(dirname "$0")/.." && pwd)
source "$home/tools/scratch.sh"
stop() {   # the queue works in the background: whatever runs in the clone ends with this script
  cd /
  for process in /proc/[0-9]*; do [[ $(readlink "$process/cwd") != "$scratch"/* ]] || kill -9 "${process#/proc/}"; done 2> /dev/null
  rm -rf "$scratch"
}
trap stop EXIT
export OMP_NUM_THREADS=1
run notebook prepare@tiny_shakespeare   # once, for all

steps=${steps:-300}
sizes="model.d=32 model.heads=2 model.layers=1 model.window=64 model.detach=false eval.stride=64
       train.steps=$steps train.batch=8 train.warmup=50 train.val_every=$steps train.save_every=$steps"
queue() {  # name, seeds, leaves of the run ...
  local name=$1 seeds=$2 leaves=(); shift 2
  for leaf in $sizes "$@"; do leaves+=(-S "++runs.tiny_shakespeare-trm.smoke.$leaf"); done
  dvc exp run --queue -n "$name" -S "seed=$seeds" "${leaves[@]}" train@tiny_shakespeare-trm >> "$scratch/queued"
}
queue grid 0 "model.T=${T:-1,2,3}" "model.n=${n:-1,2,4}" "model.k=${k:-1,2,4}"
queue seed 1,2 model.T=2 model.n=2 model.k=2
dvc exp run --run-all -j "${jobs:-1}" 2>&1 | tee "$scratch/log" | grep --line-buffered "Running stage 'train"
[ "$(dvc queue status | grep -c Success)" -eq "$(grep -c '^Queued' "$scratch/queued")" ] || { dvc queue status | awk '/Failed/ {print $2}' | while read -r task; do dvc queue logs "$task"; done | tail -60; exit 1; }
dvc exp show --json --hide-workspace > "$scratch/shown"

(cd "$home" && PYTHONPATH=$home python - "${1:-results/claims/sweep.json}" "$scratch/shown" "$sizes") <<'END'
import json, sys
from pathlib import Path
from trm.machine import record

def row(experiment):
    found = experiment['revs'][0]['data']
    model = found['params']['params.yaml']['data']['runs']['tiny_shakespeare-trm']['smoke']['model']
    m = found['metrics']['results/tiny_shakespeare/trm/metrics.json']['data']
    return [m['seed'], model['T'], model['n'], m['k'], m['passes'], m['params'], m['tokens_seen'], m['val_nats_per_token'], m.get('parallel', {}).get('val_nats_per_token')]

[head] = json.loads(Path(sys.argv[2]).read_text())
columns = ['seed', 'T', 'n', 'k', 'passes', 'parameters', 'tokens seen', 'ar', 'parallel']
record(Path(sys.argv[1]), 'tools/sweep.sh', dict(unit='nats/char of validation', run='tiny_shakespeare-trm', settings=sys.argv[3].split(), columns=columns, rows=sorted(map(row, head['experiments']))))
END
