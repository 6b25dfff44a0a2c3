#!/usr/bin/env bash
# .venv from settings.ini (the direct requirements) and constraints.txt (exact versions of everything).
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=${PATH//"$PWD/.venv/bin:"/}   # make puts it first, but the Python that makes .venv must not lie in it
python=${PYTHON:-python3}
"$python" - <<'PY'
import sys
if sys.version_info < (3, 11):
    version = sys.version.split()[0]
    sys.exit(f'Python 3.11 or newer is needed, this is {version}: call make with PYTHON=python3.11')
PY
echo "making .venv: one to five minutes, most of it for torch"
"$python" -m venv --clear .venv

# Idle OpenMP threads sleep instead of spinning, in every interpreter of this environment: beside other work, spinning
# makes training several times slower. The variable is read once, when torch loads OpenMP, so it must be set before.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "import os; os.environ.setdefault('OMP_WAIT_POLICY', 'passive')" > "$site/openmp_wait_policy.pth"

# uv is several times faster than pip; pip does the same where uv cannot be had. A folder of local wheels counts for both.
links=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}
[ -z "$links" ] || export UV_FIND_LINKS="$links"
uv=$(command -v uv || true)
if [ -z "$uv" ] && .venv/bin/pip install -q uv==0.13.9 2>/dev/null; then
  uv=.venv/bin/uv
fi
install=(pip install -c constraints.txt -e '.[dev,docs]')
if [ -z "$uv" ] || ! "$uv" -q "${install[@]}" --python .venv/bin/python --compile-bytecode; then
  .venv/bin/python -m "${install[@]}"
fi

# Notebooks name their kernel `python3`; JupyterLab marks a page as changed if the kernel shows another name.
.venv/bin/python -m ipykernel install --sys-prefix --name python3 --display-name python3 >/dev/null
touch .venv/.ready
