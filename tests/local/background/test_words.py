"""What is printed of a stack: read by people, and evaluated by shells."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from local.background import words
from local.background.folder import Folder
from local.background.order import Order
from local.background.standing import Engine
from tests.local.background.facts import some_facts

SHOW = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"


def evaluated(lines: list[str], given: dict[str, str]) -> dict[str, str]:
    """The environment of a program that a POSIX shell starts after it evaluated the lines, as `eval "$(...)"` does."""
    script = f'eval "$LINES_TO_EVALUATE"\n{SHOW}'
    environment = {"PATH": "/usr/bin:/bin", "LINES_TO_EVALUATE": "\n".join(lines), **given}
    told = subprocess.run(["sh", "-euc", script], env=environment, check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def test_a_shell_has_exactly_the_values_whatever_is_in_them():
    odd = "a b'c\"d$HOME;`true`\\"
    facts = some_facts(client_token=odd)
    found = evaluated(list(words.shell_lines(facts)), {})
    expected = words.environment(facts)
    assert expected["API_TOKEN"] == odd
    assert {name: found.get(name) for name in expected} == expected


def test_a_shell_forgets_the_users_own_aws_and_goes_past_the_users_proxy():
    given = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "NO_PROXY": "example.com"}
    found = evaluated(list(words.shell_lines(some_facts())), given)
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"}.isdisjoint(found)
    assert found["AWS_CONFIG_FILE"] == "/dev/null"
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1,example.com"


def test_a_shell_finds_the_stacks_own_pulumi_and_forgets_the_users_passphrase(tmp_path: Path):
    programs = tmp_path / "it's in here"
    engine = Engine(cli=Path("/opt/pulumi"), programs=programs, environment={"PULUMI_HOME": "/a/home"})
    found = evaluated(list(words.shell_lines(some_facts(engine=engine))), {"PULUMI_CONFIG_PASSPHRASE": "mine"})
    assert found["PATH"] == f"{programs}:/usr/bin:/bin"
    assert found["PULUMI_HOME"] == "/a/home"
    assert "PULUMI_CONFIG_PASSPHRASE" not in found


@pytest.mark.parametrize(
    ("engine", "wanted", "said"),
    [
        (Engine(cli=Path("/opt/pulumi"), programs=Path("/x"), environment={}), True, "/opt/pulumi"),
        (None, True, "make engine"),
        (None, False, "as ordered"),
    ],
)
def test_the_summary_says_who_deployed(tmp_path: Path, engine: Engine | None, wanted: bool, said: str):  # noqa: FBT001
    facts = some_facts(engine=engine, order=Order(engine=wanted))
    [line] = [line for line in words.summary(facts, Folder(tmp_path)) if "deployed by" in line]
    assert said in line


def test_the_link_carries_the_token_in_its_fragment_so_that_the_page_reads_it_unchanged():
    token = "a+b/c=d&e%20~"
    parts = urlsplit(some_facts(client_token=token).link)
    assert (parts.path, parts.query) == ("/", "")
    assert parse_qs(parts.fragment) == {"token": [token]}


@pytest.mark.parametrize(("seconds", "said"), [(50, "sleeps after 50 s without use"), (None, "never sleeps")])
def test_the_summary_says_where_everything_is_and_when_the_fleet_sleeps(tmp_path: Path, seconds: int, said: str):
    facts = some_facts(sleep_after_seconds=seconds)
    folder = Folder(tmp_path)
    told = "\n".join(words.summary(facts, folder))
    for what in (
        f"{facts.api_url}/\n",
        facts.link,
        facts.operator_token,
        facts.endpoint_url,
        str(folder.timeline),
        "make down",
        said,
    ):
        assert what in told
    assert (Path(words.__file__).parents[2] / words.HOW_TO).is_file()
