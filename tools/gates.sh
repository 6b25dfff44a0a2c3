#!/usr/bin/env bash
# Every gate, in order; the last line says how many passed. Called by `make test`.
set -uo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 MPLBACKEND=agg
passed=0 failed=0
before=$(mktemp -d); trap 'rm -rf "$before"' EXIT
cp -r nbs trm pyproject.toml README.md "$before"
find "$before" \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

gate() {  # name, command ...
  local name=$1 start=$SECONDS; shift
  if "$@"; then passed=$((passed + 1)); echo "ok      $name ($((SECONDS - start)) s)"
  else failed=$((failed + 1)); echo "FAILED  $name ($((SECONDS - start)) s)"; fi
}
same() { diff -rq -x __pycache__ -x .ipynb_checkpoints "$before/$1" "$1" || { echo "$1 changed: commit what the command wrote"; return 1; }; }
clean()  { nbdev_clean && same nbs; }
export_() { nbdev_export && same trm && same pyproject.toml; }
lock()   { if ! dvc repro --dry --allow-missing > "$before/dry" 2>&1 || grep -qE 'Running stage|is cached' "$before/dry"; then
             tail -5 "$before/dry"; echo 'dvc.lock does not match code, data or params.yaml: run make repro and commit'; return 1; fi; }
readme() { diff <(trm_ladder --table) <(cat report/ladder.md; echo) && trm_report --readme && same README.md; }
bare()   { python -c 'import sys, trm.trainer, trm.probes; heavy = {"dvc", "papermill", "nbdev", "fastcore", "jupyterlab", "datasets"} & set(sys.modules); sys.exit(f"importing trm loads {heavy}" if heavy else 0)'; }

gate 'nbdev_clean leaves no difference'                       clean
gate 'nbdev_export leaves no difference'                      export_
gate 'style: cell and module lengths, pure imports, one parameters tag' python tools/style.py
gate 'trm imports without the tools around it'                bare
gate 'nbdev_test: every notebook runs and its assertions hold' nbdev_test --n_workers 2
gate 'planted bugs are caught: the mutation test'             python tools/mutants.py
gate 'a stage stopped by SIGTERM or SIGKILL continues to the same bytes' tools/interrupt.sh
gate 'dvc.lock matches dvc.yaml, params.yaml, data and code'  lock
gate 'report/ladder.md and the tables of README.md are up to date' readme
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
