#!/usr/bin/env bash
# The package as a dependency: installed into a fresh environment, used from an empty folder, without this project.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}   # several threads are slower on a model of this size
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
python=$scratch/env/bin/python
rm -rf build/lib   # setuptools would pack modules that were there once
python -m venv "$scratch/env"
if uv=$(command -v uv); then
  UV_FIND_LINKS=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}} "$uv" pip install -q --python "$python" -c constraints.txt .
else
  "$python" -m pip install -q -c constraints.txt .
fi
cp tools/dependency.py "$scratch"
mkdir "$scratch/empty"
cd "$scratch/empty"
unset PYTHONPATH
"$python" "$scratch/dependency.py"
"$python" - <<'PY'
from importlib.metadata import version
from pathlib import Path
import trm
folder = Path(trm.__file__).parent
assert 'site-packages' in folder.parts and (folder/'py.typed').exists(), folder
assert version('trm') == trm.__version__, trm.__version__
PY
for command in check report 'train tiny_shakespeare-trm'; do
  said=$("$scratch/env/bin/trm_"$command 2>&1) && { echo "trm_$command ran without a project"; exit 1; }
  [[ $said == *'is not in the project: change into the folder that holds params.yaml' ]] || { echo "$said"; exit 1; }
done
version=$("$python" -c 'import trm; print(trm.__version__)')
grep -qx "version: $version" "$OLDPWD/CITATION.cff" || { echo "CITATION.cff is not of version $version"; exit 1; }
