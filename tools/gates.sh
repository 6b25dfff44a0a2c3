#!/usr/bin/env bash
# Every gate, in order; the last line says how many passed. Called by `make test`.
set -uo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive HF_HUB_OFFLINE=1 MPLBACKEND=agg
passed=0 failed=0
before=$(mktemp -d)
trap '[ -z "${interrupt:-}" ] || kill -- "-$interrupt" 2> /dev/null; rm -rf "$before"' EXIT
cp -r nbs trm report pyproject.toml README.md "$before"
find "$before" \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

gate() {  # name, command ...
  local name=$1 start=$SECONDS
  shift
  if "$@"; then
    passed=$((passed + 1)); echo "ok      $name ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1)); echo "FAILED  $name ($((SECONDS - start)) s)"
  fi
}
same() {  # a file or folder
  diff -rq -x __pycache__ -x .ipynb_checkpoints "$before/$1" "$1" && return
  echo "$1 changed: commit what the command wrote"
  return 1
}
clean() { nbdev_clean && same nbs; }
export_() { nbdev_export && same trm && same pyproject.toml; }
style() { python tools/style.py && python tools/style.py --self-test; }
imports() {
  python - <<'PY'
import sys
import trm.probes, trm.records, trm.trainer, trm.watch, trm.writing
loaded = {'dvc', 'papermill', 'nbdev', 'fastcore', 'jupyterlab', 'ipywidgets', 'datasets'} & set(sys.modules)
sys.exit(f'importing trm loads {", ".join(loaded)}' if loaded else 0)
PY
}
alone() {  # a copy of the package that has neither settings.ini nor params.yaml beside it
  mkdir "$before/empty" && (cd "$before/empty" && PYTHONPATH=$before python "$OLDPWD/tools/dependency.py")
}
lock() {  # in a clone with neither data nor DVC's cache; what is changed here and known to git counts
  git clone -q . "$before/clone"
  git diff --binary HEAD > "$before/changes"
  [ ! -s "$before/changes" ] || git -C "$before/clone" apply "$before/changes" || return
  (cd "$before/clone" && dvc repro --dry --allow-missing dvc.yaml studies/*/dvc.yaml) > "$before/dry" 2>&1 &&
    ! grep -q 'Running stage' "$before/dry" && return
  grep 'Running stage' "$before/dry" || tail -5 "$before/dry"
  echo 'a dvc.lock does not match code, data or parameters: reproduce these stages and commit'
  return 1
}
notebooks() {   # nbs/43 declares a device, which torch must know before its first gradient: a process of its own
  nbdev_test --n_workers 2 --timing --skip_file_glob 43_gpu.ipynb && nbdev_test --path nbs/43_gpu.ipynb
}
tables() {
  local study
  for study in ladder reasoning; do
    diff <(trm_ladder "$study" --table) <(cat "report/$study.md"; echo) || return
  done
  trm_report && same report/results.md &&
    trm_report --readme && same README.md &&
    python tools/readme.py
}
interrupted() {
  wait "$interrupt"
  local status=$?
  cat "$before/interrupted"
  return "$status"
}

gate 'nbdev_clean leaves no difference' clean
gate 'nbdev_export leaves no difference' export_
gate 'style of trm/ and nbs/, and the style gate notices planted violations' style
gate 'trm imports without the tools around it' imports
gate 'a model is built, probed and sampled without the project' alone
gate 'nbdev_test: every notebook runs and its assertions hold' notebooks
# The next four gates run beside this one. With job control (-m) it is a process group, in which SIGINT is not ignored.
set -m; tools/interrupt.sh > "$before/interrupted" 2>&1 & interrupt=$!; set +m
gate 'planted bugs are caught: the mutation test' python tools/mutants.py
gate 'every dvc.lock matches its dvc.yaml, parameters, data and code, the studies included' lock
gate 'the pages of both ladders, the table and the numbers of README.md are those of the records' tables
gate 'the site builds without a warning: links, images, references to notebooks, the API' tools/site.sh
gate 'a stage stopped by SIGTERM or SIGKILL continues to the same bytes' interrupted
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
