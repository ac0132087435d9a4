"""The demo: a fleet wakes from zero, bursts, renders real video and goes back to sleep, on one machine."""
