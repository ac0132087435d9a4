"""Odd media: what cameras, editors, broken uploads and bad people hand in, each as small as can be.

All but a few show the same: red, green, blue and white in the quarters of 64x36, for ten frames of 25 a second.
"""

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image

from tests.worker.render.hostile.canary import Canary
from tests.worker.render.studio import film

SECONDS: Final = 0.4
_QUARTERS: Final = ";".join(
    [
        *(f"color={colour}:s=32x18:r=25:d={SECONDS}[{colour}]" for colour in ("red", "lime", "blue", "white")),
        "[red][lime]hstack[above];[blue][white]hstack[below];[above][below]vstack,format=yuv420p",
    ]
)
_CHAPTERS: Final = ";FFMETADATA1\ntitle=%{metadata}\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 200}\ntitle={{\\an8}}\n" for start in (0, 200)
)


def film_base(path: Path) -> Path:
    """The four quarters, without sound."""
    return film(path, "-f", "lavfi", "-i", _QUARTERS, "-preset", "ultrafast")


def odd_videos(folder: Path) -> Path:
    """What can be rendered, and is odd. Answers with its folder."""
    base = film_base(folder / "base.mp4")
    tone = ("-f", "lavfi", "-i", f"sine=440:duration={SECONDS}")
    encode = ("-preset", "ultrafast")
    (folder / "chapters.txt").write_text(_CHAPTERS, "utf-8")
    (folder / "evil.ttf").write_bytes(b"no font")

    # One process for all that are made of the same picture.
    others: dict[str, tuple[str, ...]] = {
        "odd-444.mp4": ("-vf", "scale=33:17,format=yuv444p", "-c:v", "libx264", *encode),
        "odd.webm": ("-vf", "scale=33:17", "-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"),
        "gray.mp4": ("-vf", "format=gray", "-c:v", "libx264", *encode),
        "ten-bits.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"),
        "full-range.avi": ("-c:v", "mjpeg", "-q:v", "2"),
        "no-times.avi": ("-c:v", "mpeg4", "-bf", "2", "-q:v", "2"),
        "translucent.webm": ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime", "-cpu-used", "8"),
        "one-frame.mp4": ("-frames:v", "1", "-c:v", "libx264", *encode),
        "late.mkv": ("-c", "copy", "-output_ts_offset", "5000"),
        "matroska.mp4": ("-c", "copy", "-f", "matroska"),
        "mp4.png": ("-c", "copy", "-f", "mp4"),
    }
    *most, last = (argument for name, options in others.items() for argument in (*options, str(folder / name)))
    film(Path(last), "-i", str(base), *most)

    film(folder / "rotated.mp4", "-display_rotation", "90", "-i", str(base), "-c", "copy")
    five = [
        argument for pitch in (440, 880, 1320, 1760, 2200) for argument in ("-f", "lavfi", "-i", f"sine={pitch}:d=0.4")
    ]
    every = [argument for stream in range(6) for argument in ("-map", str(stream))]
    film(folder / "five-sounds.mkv", "-i", str(base), *five, *every, "-c:v", "copy", "-c:a", "pcm_s16le")
    attached = ("-attach", str(folder / "evil.ttf"), "-metadata:s:t", "mimetype=application/x-truetype-font")
    chapters = ("-i", str(folder / "chapters.txt"), "-map_metadata", "1", "-c", "copy")
    film(folder / "attached.mkv", "-i", str(base), *chapters, *attached)
    film(folder / "camera.mov", "-i", str(base), *tone, "-c:v", "copy", "-c:a", "aac", "-timecode", "01:00:00:00")
    film(folder / "late.ts", "-i", str(base), *tone, "-c:v", "copy", "-c:a", "aac", "-output_ts_offset", "90000")
    for name, transfer, code in (("hlg", "arib-std-b67", 721), ("pq", "smpte2084", 573)):
        # White of 203 nits, by ITU-R BT.2408.
        light = f"color=white:s=64x36:r=25:d={SECONDS},format=yuv420p10le,geq=lum={code}:cb=512:cr=512"
        marked = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
        film(folder / f"{name}.mp4", "-f", "lavfi", "-i", light, "-vf", marked, "-c:v", "libx264", "-qp", "0", *encode)
    counted = f"color=black:s=64x36:r=25:d={SECONDS},format=yuv420p,geq=lum=40+N*20:cb=128:cr=128"
    film(folder / "counted.mp4", "-f", "lavfi", "-i", counted, "-c:v", "libx264", "-qp", "0", "-g", "99", *encode)
    # Cut without decoding, as editors and phones do: what comes before the cut is there, and is not to be shown.
    film(folder / "cut-by-list.mp4", "-ss", "0.12", "-i", str(folder / "counted.mp4"), "-c", "copy")
    flash = "color=black:s=64x36:r=25:d=0.8,format=yuv420p,geq=lum='if(gte(T,0.4),235,16)':cb=128:cr=128"
    beep = "aevalsrc='if(gte(t,0.4),0.5*sin(2*PI*440*t),0)':d=0.8:s=48000"
    uneven = ("-vf", "select='lt(n,2)+eq(n,10)+gte(n,10)*not(mod(n,3))'", "-fps_mode", "vfr")
    film(
        folder / "uneven.mkv",
        *("-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, *uneven, "-c:v", "libx264", *encode, "-c:a", "flac"),
    )
    return folder


def bad_videos(folder: Path, odd: Path, canary: Canary) -> dict[str, str]:
    """What is no video that may be rendered, and what is to be said of each."""
    film(folder / "sound.m4a", "-i", str(odd / "camera.mov"), "-vn", "-c", "copy")
    nothing = ("-f", "lavfi", "-i", "color=red:s=32x18:r=25:d=0.4", "-vf", "select=0", "-c:v", "libx264")
    film(folder / "zero-frames.mkv", *nothing, str(folder / "zero-frames.mp4"), *nothing[4:])
    absurd = ("-vf", "setpts='if(eq(N,2),1e9,N)/TB'", "-fps_mode", "passthrough", "-c:v", "libx264")
    film(folder / "absurd-times.mkv", "-f", "lavfi", "-i", "color=red:s=32x18:r=1:d=3", *absurd)
    whole = (odd / "base.mp4").read_bytes()
    (folder / "index-cut-off.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "text.mp4").write_text("I am a video, honestly. " * 50, "utf-8")
    Image.new("RGB", (64, 36), "red").save(folder / "png.mp4", format="PNG")
    (folder / "bomb.png").write_bytes(png_bomb())
    told = dict.fromkeys(("zero-frames.mp4", "sound.m4a"), "has no video stream that can be read")
    told |= {"absurd-times.mkv": "seconds, more than 14400"}
    unread = ("zero-frames.mkv", "index-cut-off.mp4", "text.mp4", "png.mp4", "bomb.png")
    told |= dict.fromkeys(unread, "")
    for kind, playlist in PLAYLISTS.items():
        targets = {"file": canary.file.as_uri(), "url": f"{canary.url}/x.mp4"}
        if kind in {"hls", "concat"}:
            targets["path"] = str(canary.file)
        for to, target in targets.items():
            (folder / f"{kind}-{to}").write_text(playlist.replace("@TARGET@", target), "utf-8")
            told[f"{kind}-{to}"] = ""
    return told


def broken_videos(folder: Path, odd: Path) -> dict[str, str]:
    """What looks like a video until it is decoded, and what is to be said of each."""
    longer = ("-stream_loop", "4", "-i", str(odd / "counted.mp4"), "-c", "copy", "-movflags", "+faststart")
    whole = film(folder / "whole.mp4", *longer).read_bytes()
    (folder / "cut-in-the-middle.mp4").write_bytes(whole[: len(whole) // 2])
    # A VP8 key frame says its size in 14 bits a side, after its start code.
    _patched(odd / "odd.webm", folder / "claims-16k.webm", b"\x9d\x01\x2a", 0, struct.pack("<HH", 0x3FFF, 0x3FFF))
    return {"cut-in-the-middle.mp4": "is truncated", "claims-16k.webm": "is truncated or not a video"}


PLAYLISTS: Final = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n@TARGET@\n#EXT-X-ENDLIST\n",
    "hls-key": (
        '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="@TARGET@"\n#EXTINF:1,\n@TARGET@\n'
        "#EXT-X-ENDLIST\n"
    ),
    "concat": "ffconcat version 1.0\nfile '@TARGET@'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\na=control:@TARGET@\nm=video 5004 RTP/AVP 96\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>@TARGET@</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "smil": '<smil><body><video src="@TARGET@"/></body></smil>',
    "asx": '<asx version="3.0"><entry><ref href="@TARGET@"/></entry></asx>',
    "svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="@TARGET@" width="9" height="9"/></svg>'
    ),
    "entity": (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "@TARGET@">]>'
        '<svg width="9" height="9"><text>&e;</text></svg>'
    ),
}  # fmt: skip
"""Files that would have others opened, `@TARGET@` being these."""


def odd_pictures(folder: Path) -> tuple[str, ...]:
    """Pictures, all red, that can be drawn and are odd."""
    red = Image.new("RGB", (16, 16), "red")
    red.save(folder / "png-named.mp4", format="PNG")
    red.save(folder / "jpeg-named.png", format="JPEG", quality=95)
    red.save(folder / "lossless.webp", lossless=True)
    red.save(folder / "progressive.jpg", progressive=True, quality=95)
    red.convert("P").save(folder / "palette.png")
    red.save(folder / "long-text.png")
    # Sixteen megabytes of nothing in seventy kilobytes, where a picture says who made it.
    raw = (folder / "long-text.png").read_bytes()
    end = raw.index(b"IDAT") - 4
    text = _chunk(b"zTXt", b"Author\0\0" + zlib.compress(bytes(16 * 1024**2), 1))
    (folder / "long-text.png").write_bytes(raw[:end] + text + raw[end:])
    return tuple(sorted(path.name for path in folder.iterdir()))


def bad_pictures(folder: Path, video: Path, canary: Canary) -> tuple[str, ...]:
    """What is no picture that may be drawn: bombs first of all."""
    (folder / "bomb.png").write_bytes(png_bomb())
    Image.new("RGB", (16, 16), "red").save(folder / "cut.png")
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:50])
    Image.new("RGB", (16, 16), "red").save(folder / "bomb.jpg")
    # Height and width stand five bytes after the marker of a JPEG's frame.
    _patched(folder / "bomb.jpg", folder / "bomb.jpg", b"\xff\xc0", 3, struct.pack(">HH", 65_500, 65_500))
    (folder / "bomb.gif").write_bytes(b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(3) + b",;")
    Image.new("RGB", (16, 16), "red").save(folder / "bomb.webp", lossless=True)
    # 14 bits a side, less one, after the signature of a lossless WebP.
    _patched(folder / "bomb.webp", folder / "bomb.webp", b"\x2f", 0, struct.pack("<I", 0x0FFFFFFF))
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "moving.png", save_all=True, append_images=frames[1:])
    (folder / "text.png").write_text("no picture", "utf-8")
    (folder / "empty.png").touch()
    (folder / "video.png").write_bytes(video.read_bytes())
    for kind in ("hls", "concat", "svg", "entity"):
        for to, target in (("file", canary.file.as_uri()), ("url", f"{canary.url}/x.png")):
            (folder / f"{kind}-{to}.png").write_text(PLAYLISTS[kind].replace("@TARGET@", target), "utf-8")
    return tuple(sorted(path.name for path in folder.iterdir()))


@cache
def png_bomb() -> bytes:
    """30000x30000 pixels of black in half a megabyte."""
    row = bytes(1 + 30_000 // 8)
    squeezed = zlib.compressobj(1)
    lines = b"".join(squeezed.compress(row * 1000) for _ in range(30)) + squeezed.flush()
    size = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", lines) + _chunk(b"IEND", b"")


def _patched(source: Path, target: Path, mark: bytes, skipped: int, value: bytes) -> None:
    """A copy of a file in which other bytes stand so far after a mark."""
    raw = source.read_bytes()
    at = raw.index(mark) + len(mark) + skipped
    target.write_bytes(raw[:at] + value + raw[at + len(value) :])


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
