"""What counts as typed of the commands on the page about deploying."""

from pathlib import Path

import pytest

from tests.local.engine import deploy_page


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "deploy.md"
    page.write_text(
        "```sh\n# make it\npulumi up\naws s3 rb s3://BUCKET \\\n  --force\n# needs Docker: a builder\ndocker go\n```"
    )
    monkeypatch.setattr(deploy_page, "PAGE", page)
    return page


def test_what_nobody_typed_is_named_unless_it_says_what_it_needs(page: Path):
    assert deploy_page.untyped([]) == ["pulumi up", "aws s3 rb s3://BUCKET --force"]


def test_answers_to_questions_and_values_for_placeholders_make_no_difference(page: Path):
    assert (
        deploy_page.untyped(["pulumi stack ls && pulumi up --yes --skip-preview", "aws s3 rb s3://a-1 --force"]) == []
    )


@pytest.mark.parametrize("other", ["pulumi up --refresh", "pulumi upgrade", "aws s3 rb s3:// --force"])
def test_another_command_is_not_the_same(page: Path, other: str):
    assert len(deploy_page.untyped([other])) == 2
