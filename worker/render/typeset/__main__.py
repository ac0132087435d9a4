"""Sets an order: reads it from the file that the first argument names, writes its sheets.

Its answer, in the file that the second argument names, is JSON: `wrong` lists what is, as `[sheet, part, kind, words]`,
where `kind` is `letters` (`words` are characters that no font has) or `file` (`words` say why it cannot be read), and
`areas` has, for each sheet of a single text, the `[left, top, right, bottom]` of its drawing in pixels, or null.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

from worker.render.typeset.block import Block, Captions, Order, load
from worker.render.typeset.captions import UnreadableCaptionsError, blocks_of
from worker.render.typeset.extent import extent
from worker.render.typeset.layout import lay_out
from worker.render.typeset.letters import Letters
from worker.render.typeset.script import events, head


class _Case:
    """The order's faces, each opened when it is first asked for."""

    def __init__(self, order: Order) -> None:
        self._faces = order.faces
        self._open: dict[int, Letters] = {}

    def __getitem__(self, index: int) -> Letters:
        if index not in self._open:
            self._open[index] = Letters(self._faces[index])
        return self._open[index]


def main(order_file: str, answer_file: str) -> None:
    """Set every sheet of an order."""
    order = load(Path(order_file).read_text("utf-8"))
    case = _Case(order)
    wrong: list[tuple[int, int, str, str]] = []
    areas: list[list[float] | None] = []
    for sheet_number, sheet in enumerate(order.sheets):
        with Path(sheet.file).open("w", encoding="ascii") as file:
            file.write(head(order))
            areas.append(None)
            for part_number, part in enumerate(sheet.parts):
                missing = ""
                try:
                    for block in _blocks(part, order):
                        laid = lay_out(block, [case[index] for index in block.faces])
                        file.writelines(events(block, laid, order))
                        if len(sheet.parts) == 1 and block is part and (area := extent(block, laid)):
                            areas[-1] = [area.left, area.top, area.right, area.bottom]
                        missing += laid.missing
                except UnreadableCaptionsError as error:
                    wrong.append((sheet_number, part_number, "file", str(error)))
                if missing:
                    wrong.append((sheet_number, part_number, "letters", "".join(dict.fromkeys(missing))))
    Path(answer_file).write_text(json.dumps({"wrong": wrong, "areas": areas}), "utf-8")


def _blocks(part: Block | Captions, order: Order) -> list[Block]:
    return blocks_of(part, Fraction(*order.rate)) if isinstance(part, Captions) else [part]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
