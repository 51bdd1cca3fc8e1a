"""What holds for every test: TensorFlow is quiet, and Hypothesis the same on every machine.

`pytest --hypothesis-profile=fresh` draws ten times as much, and other examples at each run.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from hypothesis import Phase, settings

# A failing example is made small, and left unexplained: that takes longer than it helps.
COMMON = {"deadline": None, "phases": [phase for phase in Phase if phase is not Phase.explain]}
settings.register_profile("lossbook", derandomize=True, max_examples=30, **COMMON)
settings.register_profile("fresh", max_examples=300, **COMMON)
settings.load_profile("lossbook")
