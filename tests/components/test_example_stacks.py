"""The example stacks: what they are called is what they are, and each is accepted."""

import pytest
import yaml

from components.settings import Settings, parse_settings
from tests.components.recording import EXAMPLES, recorded
from tests.components.test_settings import DEFAULTS, stored

NAMES = sorted(file.stem for file in EXAMPLES.glob("*.yaml"))


def example(name: str) -> Settings:
    file = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())["config"]
    values = {key.removeprefix("ffmpeg-warm-pool:"): stored(value) for key, value in file.items()}
    return parse_settings({**DEFAULTS, **values}.get, stack="prod")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_accepted_as_it_stands(name: str):
    parsed = example(name)
    assert parsed.warm_pool_size < parsed.max_workers
    assert (parsed.cpu, parsed.memory_mib) >= (2048, 4096)


def test_the_phases_grow_from_ten_to_a_hundred_warm_workers():
    phases = [example(name) for name in NAMES if name.startswith("phase-")]
    assert [(phase.warm_pool_size, phase.max_workers) for phase in phases] == [
        (10, 50),
        (20, 100),
        (50, 200),
        (100, 500),
    ]


def test_the_lower_loads_sleep_out_of_office_hours():
    assert [(name, example(name).warm_hours != "", example(name).scale_to_zero) for name in NAMES[:3]] == [
        ("load-high", False, False),
        ("load-low", True, True),
        ("load-medium", True, True),
    ]


@pytest.mark.parametrize("case", ["load-low", "load-low-preview", "phase-4-peak"])
def test_an_example_builds_the_whole_stack(case: str):
    assert recorded(case).one("Service").inputs["desiredCount"] == 0
