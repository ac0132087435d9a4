"""What holds for every test."""

from hypothesis import settings

# Machines are noisy: an example that takes long says nothing about the code. Speed is a matter of benchmarks.
settings.register_profile("warm-pool", deadline=None)
settings.load_profile("warm-pool")
