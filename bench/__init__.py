"""The race: the worker beside raw FFmpeg, the naive ways, and MoviePy, in one run. `make bench` starts it."""
