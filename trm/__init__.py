import os

# Idle OpenMP threads sleep instead of spinning. OpenMP reads this when torch loads, so it comes first.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')

__version__ = "0.2.0.dev0"
