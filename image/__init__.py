"""What belongs to the worker's image but not into it: how it is trimmed, built without Docker, and measured."""
