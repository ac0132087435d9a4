"""What the local stack remembers."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.history import Entry, History


def test_a_subscriber_that_fails_stops_neither_the_recording_nor_the_others():
    history = History()
    heard: list[str] = []

    def fail(entry: Entry) -> None:
        raise ValueError(entry.event)

    history.subscribe(fail)
    history.subscribe(lambda entry: heard.append(entry.event))
    history.record("task.running")
    assert heard == ["task.running"]
    assert len(history.entries()) == 1


def test_entries_keep_their_order_their_fields_and_the_time():
    history = History()
    history.record("task.pending", task="a")
    history.record("task.running", task="a", pid=7)
    assert [entry.event for entry in history.entries()] == ["task.pending", "task.running"]
    (running,) = history.entries("task.running")
    assert running.fields == {"task": "a", "pid": 7}
    assert datetime.now(UTC) - running.at < timedelta(minutes=1)


def test_many_threads_lose_no_entry_in_memory_or_on_disk(tmp_path: Path):
    history = History(tmp_path / "deep" / "history.jsonl")
    threads = [
        threading.Thread(target=lambda n=n: [history.record("e", n=n, i=i) for i in range(50)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in (tmp_path / "deep" / "history.jsonl").read_text().splitlines()]
    assert len(history.entries()) == 200
    assert [(line["n"], line["i"]) for line in lines] == [
        (entry.fields["n"], entry.fields["i"]) for entry in history.entries()
    ]


def test_a_value_that_json_does_not_know_is_written_as_text(tmp_path: Path):
    history = History(tmp_path / "history.jsonl")
    history.record("e", folder=Path("somewhere"))
    assert json.loads((tmp_path / "history.jsonl").read_text())["folder"] == "somewhere"
