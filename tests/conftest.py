"""What holds for every test: TensorFlow is quiet, and hypothesis the same on every machine."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from hypothesis import settings

settings.register_profile("lossbook", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("lossbook")
