"""What FFmpeg says of packets, and what is made of it."""

from fractions import Fraction

from worker.render.splice.packets import Packet, read_packets

SAID = """
#extradata 0:       38, 0xa17b09e6
#software: Lavf63.1.102
#tb 0: 1/15360
#media_type 0: video
#codec_id 0: h264
#dimensions 0: 320x180
#sar 0: 1/1
0,      -8704,      -7680,      512,     4187, 0x66451757
0,      -8192,      -5632,      512,     1644, 0x32692398, F=0x0
0,      NOPTS,      NOPTS,      512,      695, 0x5bfa634e, F=0x5, S=1,        8
""".strip().splitlines()


def test_each_packet_has_its_time_its_place_and_its_flags():
    assert read_packets(SAID) == (
        Packet(Fraction(-7680, 15360), 0, 4187, 1),
        Packet(Fraction(-5632, 15360), 4187, 1644, 0),
        Packet(None, 4187 + 1644, 695, 5),
    )


def test_a_packet_that_is_not_to_be_shown_is_neither_a_key_frame_nor_usable():
    first, second, third = read_packets(SAID)

    assert [packet.is_key for packet in (first, second, third)] == [True, False, False]
    assert [packet.is_usable for packet in (first, second, third)] == [True, True, False]


def test_another_codec_has_no_packets_here():
    assert read_packets([line.replace("h264", "hevc") for line in SAID]) == ()
