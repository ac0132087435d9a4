"""What is told of a command of the engine that failed; test_make_up.py types at a real one."""

from local.engine.workspace import told

SAID = """Updating (local):
 +  pulumi:pulumi:Stack ffmpeg-warm-pool-local creating (0s)
Diagnostics:
  pulumi:pulumi:Stack (ffmpeg-warm-pool-local):
    error: the configuration has a problem

Resources:
    + 1 created

Duration: 2s
"""


def test_what_is_wrong_is_what_the_diagnostics_say():
    assert told(SAID) == ("pulumi:pulumi:Stack (ffmpeg-warm-pool-local):\n    error: the configuration has a problem")


def test_without_diagnostics_the_end_of_what_was_said_is_told():
    lines = [f"line {number}" for number in range(100)]
    assert told("\n".join(lines)).splitlines() == lines[80:]
