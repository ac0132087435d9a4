"""What one render may take and use: sources come from strangers, and with bounds nobody can argue."""

from dataclasses import dataclass

from jobs.spec import MAX_CLIPS


@dataclass(frozen=True)
class Limits:
    """The bounds of one render; the defaults suit a task of 2 vCPUs and 4 GiB.

    Memory grows with the inputs of one graph (measured at 1080p: 3 inputs 228 MB, 10: 427 MB, 30: 993 MB), so one
    graph takes `max_inputs` clips, and the output is joined from as many graphs as it takes. `address_space_bytes`
    counts what is mapped, of which less than half is ever resident. `max_letters` are those of all texts together: of
    the kind that takes longest, they are set in 10 s. An operator sets clips, sources' bytes, and the output's seconds
    and pixels.
    """

    max_clips: int = MAX_CLIPS
    max_inputs: int = 12
    max_source_bytes: int = 4 * 1024**3
    max_source_seconds: float = 4 * 3600.0
    max_source_pixels: int = 4096 * 4096
    max_source_fps: float = 240.0
    max_source_streams: int = 32
    max_letters: int = 60_000
    max_output_pixels: int = 4096 * 4096
    max_output_seconds: float = 600.0
    max_output_bytes: int = 2 * 1024**3
    probe_seconds: float = 20.0
    stall_seconds: float = 60.0
    wall_seconds: float = 3600.0
    address_space_bytes: int = 8 * 1024**3
