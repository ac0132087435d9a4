"""The commands of docs/how-to/deploy.md, and whether they were typed."""

import re
from collections.abc import Iterable, Iterator

from local.engine.installation import REPOSITORY
from tests.docs.shell_blocks import snippets

PAGE = REPOSITORY / "docs" / "how-to" / "deploy.md"
MARKS = ("needs an AWS account: ", "needs Docker: ")
"""What the comment over commands begins with that no test can type."""
ANSWERS = re.compile(r" --(yes|skip-preview|json)\b")
"""What spares a test the questions that a person is asked, or shows it the same in JSON."""
PLACEHOLDER = re.compile(r"(?<![A-Za-z-])[A-Z]{3,}(?:-[A-Z]+)*(?![A-Za-z-])")


def commands() -> Iterator[str]:
    """Every command of the page but those with a mark, one line each."""
    for snippet in snippets(PAGE):
        if not snippet.title.startswith(MARKS):
            lines = snippet.text.replace("\\\n", " ").splitlines()
            yield from (" ".join(line.split()) for line in lines if line.strip())


def untyped(typed: Iterable[str]) -> list[str]:
    """Those commands of the page that were not typed, whatever stood for their placeholders."""
    said = {ANSWERS.sub("", command) for line in typed for command in line.split(" && ")}
    return [command for command in commands() if not any(_pattern(command).fullmatch(each) for each in said)]


def _pattern(command: str) -> re.Pattern[str]:
    words, places = PLACEHOLDER.split(command), len(PLACEHOLDER.findall(command))
    assert len(words) == places + 1
    return re.compile(r"\S+".join(re.escape(word) for word in words))
