"""What is read out of FFmpeg's words about a file, and what is not believed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.render.probe import Media, UnreadableError, VideoStream, input_options, lines_of_inputs, parse_media

BUNNY = """
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'bigbuckbunny.mp4':
  Metadata:
    major_brand     : isom
  Duration: 01:02:05.31, start: 0.000000, bitrate: 1589 kb/s
  Stream #0:0[0x1](und): Video: h264 (Main) (avc1 / 0x31637661), yuv420p, 1280x720 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr
    Metadata:
      handler_name    : VideoHandler
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, 5.1, fltp, 384 kb/s (default)
At least one output file must be specified
""".strip().splitlines()


def lines(*streams: str, duration: str = "00:00:01.00") -> list[str]:
    return [f"  Duration: {duration}, start: 0.000000, bitrate: 1 kb/s", *streams]


def test_a_file_has_its_duration_its_first_picture_and_its_first_sound():
    assert parse_media(BUNNY) == Media(3725.31, VideoStream(0, 1280, 720, fps=25.0), 1, 2)


def test_cover_art_is_no_video_and_sound_may_come_first():
    media = parse_media(
        lines(
            "  Stream #0:0[0x1]: Audio: aac, 44100 Hz, mono",
            "  Stream #0:1[0x0]: Video: mjpeg, yuvj444p, 300x300, 90k tbr (attached pic)",
            "  Stream #0:2[0x2]: Video: vp9, yuv420p, 64x48, SAR 4:3 DAR 16:9, 29.97 fps",
        )
    )

    assert media == Media(1.0, VideoStream(2, 64, 48, Fraction(4, 3), fps=29.97), 0, 3)


def test_a_picture_that_lies_on_its_side_is_measured_upright():
    media = parse_media(
        lines(
            "  Stream #0:0: Video: h264, yuv420p, 1920x1080 [SAR 4:3 DAR 64:27], 30 fps",
            "    Side data:",
            "      Display Matrix: rotation of -90.00 degrees",
        )
    )

    assert media is not None
    assert media.video is not None
    assert (media.video.width, media.video.height, media.video.sar) == (1080, 1920, Fraction(3, 4))


def test_a_camera_that_groups_its_picture_with_its_time_code_is_read():
    media = parse_media(
        lines(
            "  Stream group #0:0[0x3]: Track Reference:",
            "    Stream #0:0[0x1]: Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 64x36, 25 fps",
            "      Metadata:",
            "        timecode        : 01:00:00:00",
            "      Side data:",
            "        Display Matrix: rotation of -90.00 degrees",
            "    Stream #0:2[0x3](eng): Data: none (tmcd / 0x64636D74), 0 kb/s",
            "  Stream #0:1[0x2]: Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono",
        )
    )

    assert media == Media(1.0, VideoStream(0, 64, 36, rotation_degrees=-90, fps=25.0), 1, 3)


def test_a_matroska_that_begins_late_lasts_from_where_it_begins():
    told = lines("  Stream #0:0: Video: h264, yuv420p, 16x16, 25 fps", duration="01:23:20.40")
    told[0] = told[0].replace("start: 0.000000", "start: 5000.000000")

    for container, seconds in (("matroska,webm", 0.4), ("mov,mp4,m4a,3gp,3g2,mj2", 5000.4)):
        media = parse_media([f"Input #0, {container}, from 'x':", *told])
        assert media is not None
        assert media.duration_seconds == seconds


@pytest.mark.parametrize(
    ("colours", "transfer"),
    [
        ("(tv, bt2020nc/bt2020/arib-std-b67, progressive)", "arib-std-b67"),
        ("(pc, bt2020nc/unknown/smpte2084)", "smpte2084"),
        ("(tv, smpte2084)", "smpte2084"),
        ("(tv, bt2020nc/bt2020/bt2020-10)", None),
        ("(tv, bt709)", None),
        ("", None),
    ],
)
def test_a_picture_in_hdr_is_known_by_how_its_numbers_stand_for_light(colours: str, transfer: str | None):
    media = parse_media(lines(f"  Stream #0:0: Video: hevc (Main 10), yuv420p10le{colours}, 64x36, 25 fps"))

    assert media is not None
    assert media.video is not None
    assert media.video.hdr_transfer == transfer


def test_a_duration_may_be_unknown():
    media = parse_media(lines("  Stream #0:0: Video: vp8, yuv420p, 16x16, 1k fps", duration="N/A"))

    assert media == Media(None, VideoStream(0, 16, 16, fps=1000.0), None, 1)


def test_a_picture_without_a_size_is_none():
    media = parse_media(lines("  Stream #0:0: Video: png, none, 90k tbr, 90k tbn"))

    assert media == Media(1.0, None, None, 1)


def test_what_opened_no_file_is_none():
    assert parse_media(["[in#0 @ 0x1] moov atom not found"]) is None


@pytest.mark.parametrize(
    "told",
    [
        lines("  Stream #0:0: Video: h264, 16x16", "  Stream #0:0: Video: h264, 32x32"),
        lines("  Stream #0:7: Video: h264, 16x16"),
        [*lines("  Stream #0:0: Video: h264, 16x16"), *lines()],
        lines("  Stream #0:1: Video: h264, 16x16", "  Stream #0:0: Video: h264, 32x32"),
        lines("  Stream group #0:0: x:", "    Stream #0:1: Video: h264, 16x16", "  Stream #0:1: Video: h264, 32x32"),
    ],
)
def test_streams_that_do_not_count_are_not_believed(told: list[str]):
    with pytest.raises(UnreadableError):
        parse_media(told)


def test_a_title_is_no_stream_however_it_looks():
    told = ["  Metadata:", "    Stream #0:1: Audio: aac: 1", "      Stream #0:2: Audio: aac: 1", *BUNNY]

    assert parse_media(told) == parse_media(BUNNY)


def test_a_title_of_several_lines_is_no_stream():
    told = ["    title           : a", "                    :   Stream #0:0: Video: h264, 16x16", *BUNNY]

    assert parse_media(told) == parse_media(BUNNY)


@given(st.lists(st.text()))
def test_no_words_break_it(told: list[str]):
    assert parse_media(told) is None or isinstance(parse_media(told), Media)


def together(*parts: list[str]) -> list[str]:
    """What FFmpeg says of several files at once."""
    return [
        line.replace("Input #0", f"Input #{number}")
        .replace("Stream #0:", f"Stream #{number}:")
        .replace("Stream group #0:", f"Stream group #{number}:")
        for number, part in enumerate(parts)
        for line in part
    ]


INPUT = "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:source-0':"


def test_what_is_said_of_several_files_is_told_apart():
    wide, high = ([INPUT, *lines(f"  Stream #0:0: Video: h264, {size}")] for size in ("32x16", "16x32"))

    assert lines_of_inputs(["[mov] a warning", *together(wide, high)], 2) == [wide, high]


def test_a_group_of_streams_of_the_second_file_is_read_as_of_one_alone():
    grouped = [INPUT, *lines("  Stream group #0:0: Track Reference:", "    Stream #0:0: Video: h264, 16x32")]

    assert lines_of_inputs(together([INPUT, *lines()], grouped), 2) == [[INPUT, *lines()], grouped]


@pytest.mark.parametrize(
    "told",
    [
        [],
        together([INPUT, *lines()]),
        together([INPUT, *lines(), "Input #1, mov, from 'nowhere':", *lines()], [INPUT, *lines()]),
        together([INPUT, *lines()], [INPUT, *lines(), "Input #2, mov, from 'nowhere':"]),
    ],
)
def test_files_that_do_not_count_are_not_told_apart(told: list[str]):
    assert lines_of_inputs(told, 2) is None


def test_inputs_are_local_files_of_known_kinds_with_bounded_pictures():
    options = dict(zip(input_options(1000, 2)[::2], input_options(1000, 2)[1::2], strict=True))

    assert options["-protocol_whitelist"] == "file,pipe"
    assert options["-max_pixels"] == "1000"
    assert not {"hls", "concat", "dash", "image2", "sdp"} & set(options["-format_whitelist"].split(","))
    assert not {"exr", "tiff", "gif", "ass"} & set(options["-codec_whitelist"].split(","))
