#!/usr/bin/env bash
# Environment and smoke pipeline of HEAD on other Pythons: tools/pythons.sh [interpreter ...]
# A registry's torch for Linux is a CUDA build, about 3 GB each. ENVS=folder keeps the environments there and
# uses them again.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- python3.12 python3.13
envs=${ENVS:-}
if [ -z "$envs" ]; then
  envs=$(mktemp -d)
  trap 'rm -rf "$envs"' EXIT
fi

for python in "$@"; do
  clone=$envs/py$("$python" -c 'import sys; print(*sys.version_info[:2], sep="")')
  [ -d "$clone" ] || git clone -q . "$clone"
  git -C "$clone" fetch -q "$PWD" HEAD
  git -C "$clone" reset -q --hard FETCH_HEAD
  make -C "$clone" env PYTHON="$python"
  make -C "$clone" smoke
  echo "ok: environment and smoke pipeline on $("$clone/.venv/bin/python" --version)"
done
