import pytest

from fleet.command import Command


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Command(id="1", name="wake", at=0.0), "wake"),
        (Command(id="1", name="sleep", at=0.0, reason="night"), "sleep (night)"),
        (
            Command(id="1", name="hold", at=0.0, count=0, until=1_800_000_000.0, reason="maintenance", by="ana"),
            "hold 0 until 2027-01-15T08:00:00+00:00 (ana: maintenance)",
        ),
    ],
)
def test_a_command_reads_as_an_operator_would_say_it(command: Command, words: str):
    assert str(command) == words
