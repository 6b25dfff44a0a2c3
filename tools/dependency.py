"""What a project that depends on trm writes: build a model, probe it, sample from it."""
import torch
from trm.config import Model
from trm.leaks import check
from trm.model import build_model
from trm.sampling import sample

torch.manual_seed(0)
config = Model(arch='trm', d_model=32, n_heads=2, n_layers=1, window=16, chunk_size=2, T=2, n=1)
model = build_model(config, vocab_size=50)
report = check(model, vocab_size=50, length=16, n_windows=64)
print(report)
ids = sample(model.eval(), [1, 2, 3], 8)
print(ids)
assert report.passed and len(ids) == 11 and max(ids) < 50
