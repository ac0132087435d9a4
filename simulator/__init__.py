"""Scaling policies compared on arrival traces by the warmkeeper's own decision, and the adviser that sizes a pool."""
