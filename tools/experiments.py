"""Experiments of `dvc exp run`, one column each, in 120 columns of text. Called by `make experiments`:

    dvc exp show --csv --only-changed | python tools/experiments.py"""
import re
import sys

import pandas as pd

table = pd.read_csv(sys.stdin).drop(columns=['typ', 'params.yaml'], errors='ignore')
if 'Experiment' not in table:
    print('no experiment yet: `dvc exp run -S experiments.tiny_shakespeare.laptop.train.steps=2400` makes one')
    sys.exit()
table.Created = table.Created.str[5:16]
names = table.pop('Experiment').fillna(table.pop('rev')).rename(None)
table.columns = [re.sub('^results/|/metrics.json', '', name) for name in table.columns]
print(table.set_index(names).T.to_string(line_width=120, na_rep=''))
