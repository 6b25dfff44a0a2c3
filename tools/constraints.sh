#!/usr/bin/env bash
# Every package that settings.ini needs, directly or not, at one exact version for all supported Pythons and platforms.
# What constraints.txt pins already keeps its version; `tools/constraints.sh --upgrade` renews all but torch.
set -euo pipefail
cd "$(dirname "$0")/.."
torch=$(sed -n 's/^torch==//p' constraints.txt)
pins=$(mktemp)
trap 'rm -f "$pins" "$pins.new"' EXIT
cp constraints.txt "$pins"

requirements() {
  python3 - <<'PY'
from configparser import ConfigParser
parser = ConfigParser(delimiters=['='])
parser.read('settings.ini', encoding='utf-8')
for name in ('requirements', 'dev_requirements', 'docs_requirements', 'bench_requirements'):
    print('\n'.join(parser['DEFAULT'][name].split()))
PY
}

# A local wheel of torch must not decide the versions, so its folder is hidden; one version of each package serves
# every Python (--fork-strategy fewest), or results could depend on the Python.
requirements | env -u UV_FIND_LINKS uv pip compile -q "$@" --universal --python-version 3.11 --fork-strategy fewest \
  --no-annotate --no-header -c <(echo "torch==$torch") -o "$pins" -
{ sed -n '/^#/p' constraints.txt; grep == "$pins"; } > "$pins.new"
cat "$pins.new" > constraints.txt
