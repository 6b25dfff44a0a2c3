#!/usr/bin/env bash
# .venv from settings.ini (the direct requirements) and constraints.txt (exact versions of everything).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; v = sys.version.split()[0]; sys.version_info >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed, this is {v}: call make with PYTHON=python3.11")'
"$python" -m venv --clear .venv

# uv is several times faster than pip; pip does the same where uv cannot be had. A folder of local wheels counts for both.
links=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}
[ -z "$links" ] || export UV_FIND_LINKS="$links"
uv=$(command -v uv || true)
if [ -z "$uv" ] && .venv/bin/pip install -q uv==0.13.9 2>/dev/null; then uv=.venv/bin/uv; fi
if [ -z "$uv" ] || ! "$uv" pip install -q --python .venv/bin/python --compile-bytecode -c constraints.txt -e '.[dev]'; then
  .venv/bin/pip install -q -c constraints.txt -e '.[dev]'
fi
touch .venv/.ready
