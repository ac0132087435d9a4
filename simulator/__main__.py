"""The simulator's command line: `python -m simulator --help`."""

from simulator.commands import app

app()
