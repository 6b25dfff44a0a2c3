#!/usr/bin/env bash
# All that `dvc repro` computes, stage by stage the same, with some of the runs at once, each on one thread.
# `tools/repro.sh JOBS`; by default as many at once as there are cores, or one where there is a GPU.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nvidia-smi > /dev/null 2>&1 && echo 1 || nproc)}
stages=$(dvc stage list --name-only)
side_by_side() { grep -E "$1" <<< "$stages" | tac | xargs -P "$jobs" -n 1 dvc --wait-for-lock repro -s; }
dvc repro -s data.dvc check notebook  # -s: without building the graph of all studies, ten seconds
side_by_side '^prepare@'
side_by_side '^train@'  # the longest runs are the last ones of params.yaml, and begin first
side_by_side '^(weights@|watch)'
dvc repro -s $stages  # in the order of dvc.yaml, which is that of the graph
