"""Outputs that are put together: what a source already has as it should be is copied, the rest is encoded."""
