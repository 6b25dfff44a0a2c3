"""Write the settings of every row of a study, `build/settings/<study>/<text>/<row>.json`, so that DVC retrains a row
when its own settings change, and only then. Called by studies/dvc.yaml: `python tools/study_settings.py STUDY`."""
import sys

from trm.config import load_row, read_study
from trm.core import root
from trm.records import write_json

study = sys.argv[1]
settings = read_study(study)
for experiment in settings.texts:
    for row in settings.names(experiment):
        cfg = load_row(study, experiment, row, seed=0)
        write_json(root()/'build'/'settings'/study/experiment/f'{row}.json', cfg.model_dump(exclude={'seed'}))
