"""A race by MoviePy 2, as its documentation teaches it. Runs in the environment that `make bench` makes for it.

`python peer_moviepy.py <output> <threads> <font>...` in the sources' folder, with the race as JSON on stdin.
"""

# pyright: reportMissingImports=false
# MoviePy is in an environment of its own, and none of ours is in that: this script imports nothing else.

import json
import sys
from pathlib import Path
from typing import Any

from moviepy import (
    AudioFileClip,
    CompositeAudioClip,
    CompositeVideoClip,
    TextClip,
    VideoFileClip,
    afx,
    concatenate_videoclips,
)


def main(race: dict[str, Any], output: str, threads: int, fonts: list[str]) -> None:
    """Cut, shape, join, write on top, encode with the settings of the others."""
    width, height = race["width"], race["height"]
    clips = [_shaped(cut, width, height) for cut in race["cuts"]]
    video = concatenate_videoclips(clips)
    if race["words"]:
        texts = [_text(words, font, video.duration) for words, font in zip(race["words"], fonts, strict=True)]
        video = CompositeVideoClip([video, *texts], size=(width, height))
    if race["music"]:
        bed = race["music"]
        music = AudioFileClip(Path(bed["source"]).name).subclipped(0, video.duration)
        music = music.with_effects([afx.MultiplyVolume(bed["volume"]), afx.AudioFadeOut(bed["fade_out"])])
        video = video.with_audio(CompositeAudioClip([video.audio, music]))
    video.write_videofile(
        output,
        fps=race["fps"],
        codec="libx264",
        preset="veryfast",
        audio_codec="aac",
        audio_bitrate="160k",
        threads=threads,
        ffmpeg_params=["-crf", "23", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
        logger=None,
    )


def _shaped(cut: dict[str, Any], width: int, height: int) -> Any:
    clip = VideoFileClip(Path(cut["source"]).name).subclipped(cut["start"], cut["start"] + cut["seconds"])
    across = min(clip.w, 2 * round(clip.h * width / height / 2))
    if across < clip.w:
        clip = clip.cropped(x_center=clip.w / 2, width=across)
    return clip if (clip.w, clip.h) == (width, height) else clip.resized((width, height))


def _text(words: dict[str, Any], font: str, duration_seconds: float) -> Any:
    text = TextClip(
        font=font,
        text=words["content"],
        font_size=words["size"],
        color="white",
        stroke_color="black",
        stroke_width=words["outline"],
    )
    start = words["start"]
    return text.with_position(("center", words["y"])).with_start(start).with_duration(duration_seconds - start)


if __name__ == "__main__":
    main(json.load(sys.stdin), sys.argv[1], int(sys.argv[2]), sys.argv[3:])
