# Sourced: a scratch clone of HEAD becomes the current folder, at scale smoke.
# The folder around it, $scratch, is removed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export OMP_WAIT_POLICY=passive HF_HUB_OFFLINE=1 MPLBACKEND=agg
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
git clone -q . "$scratch/trm"
cd "$scratch/trm"
export PYTHONPATH=$PWD
sed -i 's/^scale: [a-z]*/scale: smoke/' params.yaml
run() { dvc repro "$@" > "$scratch/log" 2>&1 || { tail -60 "$scratch/log"; exit 1; }; }
