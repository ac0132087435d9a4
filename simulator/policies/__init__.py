"""Scaling policies, each with the source of its rules."""
