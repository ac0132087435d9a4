"""The command line: what it prints, leaves behind and refuses."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from simulator.benchmark import Duel, won
from simulator.commands import app
from simulator.scenarios import SCENARIOS, by_the_guide, row
from simulator.synthetic import synthetic
from simulator.trace import HOUR_SECONDS, Trace

DAY = "2026-11-02T10:00:0{}.5Z"


@pytest.fixture
def trace_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("arrived_at,seconds\n" + "".join(f"{DAY.format(n)},40\n" for n in range(6)), encoding="utf-8")
    return path


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_a_comparison_prints_a_row_a_policy_and_leaves_its_plots(trace_file: Path, tmp_path: Path):
    code, output = call("compare", "--trace", str(trace_file), "--out", str(tmp_path / "out"), "--markdown")
    assert code == 0, output
    rows = [line.split("|")[1].strip() for line in output.splitlines() if line.startswith("|")]
    assert rows[0] == "policy"
    assert len(rows) == 2 + 13
    assert {"warm pool", "KEDA, queueLength 1", "clairvoyant", "step scaling, CDK's"} <= set(rows)
    for name in ("mine-pareto", "mine-day-1"):
        with Image.open(tmp_path / "out" / f"{name}.png") as picture:
            assert picture.size[0] > 1000
            assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 10
        assert ET.parse(tmp_path / "out" / f"{name}.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare", "--policy", "magic"), "there is no magic; there are: warm pool"),
        (("compare", "--region", "mars-north-1"), "no price is known for mars-north-1"),
        (("compare", "--trace", "{bad}"), "header is a,b"),
        (("compare", "--trace", "{bad}x"), "does not exist"),
        (("advise", "--target-p95", "soon"), "'soon' is no time; such are 10s and 1m"),
        (("advise", "--target-p95", "10s", "--from-stack", "x"), "--queue URL"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))  # no pulumi there
    monkeypatch.setenv("COLUMNS", "200")
    code, output = call(*(word.replace("{bad}", str(bad)) for word in words))
    assert code == 2
    assert said in " ".join(output.replace("│", " ").split())


def test_advice_ends_in_lines_to_paste_and_fails_where_there_is_none(trace_file: Path):
    code, output = call("advise", "--target-p95", "1m", "--trace", str(trace_file), "--cold-start", "30")
    assert code == 0, output
    assert "pulumi config set warmPoolSize 1" in output
    assert "pulumi config set maxWorkers" in output
    code, output = call("advise", "--target-p95", "1ms", "--budget", "1", "--trace", str(trace_file))
    assert code == 1
    assert "no pool that was tried meets it" in output


def test_generated_days_can_be_compared(tmp_path: Path):
    code, output = call("generate", "--out", str(tmp_path / "made.csv"), "--days", "1")
    assert (code, "made.csv" in output) == (0, True)
    assert (tmp_path / "made.csv").read_text(encoding="utf-8").startswith("arrived_at,seconds\n2026-11-02T")


def test_the_guides_arithmetic_is_its_own_and_ours_is_slower_by_what_it_left_out():
    assert [by_the_guide(scenario) for scenario in SCENARIOS[:3]] == [(0, 90), (30, 120), (120, 210)]
    cells = row(SCENARIOS[1])
    assert cells[1] == "30"
    assert float(cells[4]) > 30
    assert float(cells[6]) > 120


def _day(seed: int) -> Trace:
    return synthetic(1, seed=seed).between(0.0, 12 * HOUR_SECONDS)


def test_a_duel_is_won_where_ours_dominates_and_kills_nobody():
    fought = [Duel(_day, 60.0, seed)() for seed in (1, 2)]
    assert won(fought)
    assert not won([(theirs, ours, sparing) for ours, theirs, sparing in fought])
