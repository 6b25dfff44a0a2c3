#!/usr/bin/env bash
# The site, in _docs/html: no notebook is executed, a warning is an error, and no page loads anything from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf _docs docs/api docs/figures
sphinx-build -q -E -W --keep-going -d _docs/doctrees -c docs . _docs/html
if grep -rlE --include='*.html' '<(script|img|iframe|link)[^>]+(src|href)="(https?:)?//' _docs/html; then
  echo 'these pages load something from elsewhere'
  exit 1
fi
