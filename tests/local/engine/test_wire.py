"""What the engine marks is understood: secrets, archives and what is not known yet."""

from pathlib import Path

import pulumi
import pytest

from local.archives import zip_of
from local.engine.wire import ARCHIVE, ASSET, KIND, compared, content, plain, secret, struct_of, wire_of
from local.realisers.inputs import UNKNOWN


def test_properties_come_back_from_a_message_as_they_went_in():
    properties = {"name": "jobs", "days": 3, "on": True, "list": [1.5, None], "secret": secret({"a": "b"})}
    assert wire_of(struct_of(properties)) == properties


def test_secrets_are_read_in_clear_at_any_depth_and_whole_numbers_are_ints():
    value = compared({"list": [secret({"days": 3.0})], "gone": None, "later": UNKNOWN})
    assert value == {"list": [{"days": 3}], "later": UNKNOWN}
    assert isinstance(value["list"][0]["days"], int)


def test_archives_are_the_same_where_their_hashes_are():
    here = {KIND: ARCHIVE, "hash": "abc", "path": "here"}
    assert compared(here) == compared({**here, "path": "there"})
    assert compared(here) != compared({**here, "hash": "abd"})


def test_what_an_archive_holds_is_found(tmp_path: Path):
    (tmp_path / "a.py").write_text("print()")
    parts = {
        "a.py": {KIND: ASSET, "path": "a.py"},
        "b.txt": {KIND: ASSET, "text": "b"},
    }
    found = content({KIND: ARCHIVE, "hash": "abc", "assets": parts}, tmp_path)
    expected = pulumi.AssetArchive({"a.py": pulumi.FileAsset(str(tmp_path / "a.py")), "b.txt": pulumi.StringAsset("b")})
    assert isinstance(found, pulumi.Archive)
    assert zip_of(found) == zip_of(expected)


def test_what_is_remote_or_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="neither text nor files"):
        content({KIND: ASSET, "uri": "https://example.com/a"}, Path())
    with pytest.raises(ValueError, match="not known here: 5cf8"):
        plain({KIND: "5cf8f73096256a8f31e491e813e4eb8e"}, dict)
