"""Sizes the fleet: observe, decide, act. Events are hints; what it reads decides."""
