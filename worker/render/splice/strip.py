"""Packets that follow each other in a spliced output."""

from dataclasses import dataclass, field

from worker.render.splice.footage import Footage
from worker.render.splice.groups import ParameterSets
from worker.render.splice.numbers import Numbering
from worker.render.splice.packets import Packet


class SpliceError(Exception):
    """The spans cannot be joined, so that the output has to be encoded as a whole."""


@dataclass(frozen=True)
class Strip:
    """Packets of a file, in the order of decoding, the first of whose frames in the output is `first_frame`."""

    first_frame: int
    footage: Footage
    first_packet: int
    end_packet: int
    sets: ParameterSets
    """As they are in the footage."""
    numbering: Numbering = field(default_factory=Numbering)

    @property
    def packets(self) -> tuple[Packet, ...]:
        """The packets themselves."""
        return self.footage.packets[self.first_packet : self.end_packet]

    @property
    def frames(self) -> list[int]:
        """The output's frames of the packets, in the order of decoding."""
        shown = [packet.seconds or 0 for packet in self.packets]
        # Their order is what matters: they were found to be one frame apart.
        ranks = {seconds: rank for rank, seconds in enumerate(sorted(shown))}
        return [self.first_frame + ranks[seconds] for seconds in shown]
