#!/usr/bin/env bash
# Every package that settings.ini needs, directly or not, at one exact version; CUDA packages included, which are inert on a CPU-only machine.
set -euo pipefail
cd "$(dirname "$0")/.."
torch=$(sed -n 's/^torch==//p' constraints.txt)
pins=$(mktemp); trap 'rm -f "$pins"' EXIT
python3 - <<'PY' | env -u UV_FIND_LINKS uv pip compile -q --no-annotate --no-header --python-version 3.11 -c <(echo "torch==$torch") -o "$pins" -
from configparser import ConfigParser
c = ConfigParser(delimiters=['=']); c.read('settings.ini'); d = c['DEFAULT']
print('\n'.join(' '.join(d[k] for k in ('requirements', 'dev_requirements', 'bench_requirements')).split()))
PY
{ sed -n '/^#/p' constraints.txt; grep == "$pins"; } > "$pins.new" && mv "$pins.new" constraints.txt
