"""More than three hundred texts that mean something to some program, and must mean nothing here but their letters.

Written by hand are the known ways into each language that a text could fall into, and what Unicode has of traps; the
rest is put together by a grammar: what ends a string, what does harm, what makes the rest harmless. The seed is fixed,
so that a text that fails today fails tomorrow. `@FILE@` and `@URL@` stand for a file and an address that nobody may
touch (tests/worker/render/hostile/canary.py).
"""

# ruff: noqa: RUF001 - letters that look like others are among them

import random
from dataclasses import dataclass
from typing import Final, Literal

COUNT: Final = 360
SEED: Final = 6

Fate = Literal["shown", "blank", "refused"]


@dataclass(frozen=True)
class Nasty:
    """A text, what it is aimed at, and how it ends: as letters, as nothing to see, or refused with these words."""

    content: str
    aim: str
    fate: Fate = "shown"
    told: str = ""


_SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "drawtext": (
        "%{pts}", "%{localtime}", "%{metadata:title}", "%{e:1+1}", "%{expr_int_format:1:x}", "%{gmtime:%H%M}", "%%{n}",
        "':textfile=@FILE@:x='", "textfile=@FILE@", "%{textfile:@FILE@}", "50% off", "100%", "%", "%s%n%x", "\\%{n}",
        "a:fontfile=@FILE@", "text=x:reload=1", "%{rand:1:9}", "%{frame_num}",
    ),
    "ass": (
        "{\\an8}", "{\\p1}m 0 0 l 9 0 9 9{\\p0}", "{\\fnArial\\fs200}", "{\\alpha&HFF&}gone", "{\\pos(0,0)}", "\\N",
        "\\n\\h", "{\\r}", "{\\move(0,0,9,9)}", "{\\t(0,9,\\frz90)}", "{\\k20}", "{", "}", "{}", "{{}}", "}{", "\\{",
        "{\\clip(0,0,1,1)}", "{\\1c&H0000FF&}", "{=1}", "{\\fad(9,9)}", "{\\iclip(m 0 0)}", "{\\org(0,0)\\frx180}",
        "Dialogue: 0,0:00:00.00,9:00:00.00,s,,0,0,0,,x", "x\n[Events]\nDialogue: 9,0:00:00.00", "[Script Info]",
        "[Fonts]\nfontname: evil.ttf\n!!!!", "Style: s,Arial,900,&H0", "Comment: 0,", "{\\fsc9999}", "{\\be99\\blur99}",
    ),
    "subtitles": (
        "1\n00:00:00,000 --> 00:00:09,000\nagain", "<b>bold</b>", "<font color=red size=99>", "<i>open", "</i>", "&lt;",
        "WEBVTT", "NOTE hidden", "STYLE\n::cue{color:red}", "<v Roger>words", "<c.loud>", "<00:00:01.000>later",
        "00:00.000 --> 00:01.000 line:0", "{1}{25}MicroDVD", "X-TIMESTAMP-MAP=MPEGTS:0", "{y:i}",
    ),
    "filter graph": (
        "[out];movie=@FILE@[x]", "[in]null[out]", ",movie=@FILE@", ";amovie=@FILE@;", "']movie=@FILE@['",
        "x',drawbox=t=fill,'", "\\'", "\\\\'", "'\\''", "\\\\\\:", "[0:v]", "@0x1", "sendcmd=f=@FILE@",
        "subtitles=@FILE@",
        "lut3d=@FILE@", "concat:@FILE@|@FILE@", "subfile,,start,0,end,9,,:@FILE@", "data:text/plain,x", "color=red",
        "ladspa=file=@FILE@", "zmq=bind_address=@URL@", "metadata=print:file=/tmp/x", "if(gt(t,1),1,0)", "random(0)",
    ),
    "arguments": (
        "-i @FILE@", "-f lavfi", "-y /tmp/evil.mp4", "--help", "-", "--", "-filter_script @FILE@", "@@FILE@",
        "-/vf @FILE@",
        "file:@FILE@", "pipe:0", "@URL@/x.mp4", "http://169.254.169.254/latest/meta-data/", "s3://bucket/key",
    ),
    "shell": (
        "$(cat @FILE@)", "`cat @FILE@`", "; cat @FILE@ #", "| cat @FILE@", "&& cat @FILE@", "> /tmp/evil", "< @FILE@",
        "${HOME}", "$AWS_SECRET_ACCESS_KEY", "$IFS", "!!", "~root", "* ? [a-z]", "\\$(id)", "'; id; '", '"; id; "',
        "() { :; }; id", "%COMSPEC%", "^& dir",
    ),
    "path": (
        "../../../../etc/passwd", "@FILE@", "/dev/zero", "/proc/self/environ", "C:\\Windows\\win.ini",
        "\\\\host\\share",
        "file://@FILE@", "....//....//etc", "%2e%2e%2f", "CON", ".", "..", "/",
    ),
    "format string": (
        "%n%n%n%n", "%1$s", "%p %p %p", "{0.__class__}", "{self}", "{}{}{}", "{0!r:>99}", "%(name)s", "#{1+1}",
        "{{7*7}}", "${7*7}", "<%= 7*7 %>", "${jndi:ldap://x/a}", "#panic()", '#read("@FILE@")', "$x^2$",
    ),
    "markup": (
        "<script>alert(1)</script>", "<img src=@URL@>", "<!ENTITY x SYSTEM 'file://@FILE@'>", "&x;", "<svg/onload=x>",
        "]]>", "<!--", "' OR '1'='1", '"; DROP TABLE jobs; --', "\\u0000", "\\x00", "\\ud800", "null", "true", "NaN",
        '{"a": 1}', "=1+1", "@SUM(1)", "*/ /*", "// x",
    ),
    "quotes": ("'", '"', "`", "''", '"""', "\\", "\\\\", "\\'\"", "«»‹›", "“”‘’„‚", "´ˋˊ", "‘ or 1", "，；："),
    "spaces": (
        "a\tb", "a\nb", "a\r\nb", "a\rb", "\n\n\nx", "x\n\n\n", "  x  ", "a\u00a0b", "a\u2028b", "a\u2029b", "a\u3000b",
        "a\u200bb", "a\u00adb", "a\u2060b", "a\ufeffb", "\ufeffBOM first", "a\u180eb",
    ),
    "directions": (
        "\u202egnp.exe\u202c txt", "\u202dforced\u202c", "\u202b\u202b\u202bdeep", "\u2067abc\u2069def",
        "\u2068שלום\u2069 x",
        "\u202e" * 70 + "x", "\u2066" * 200 + "y", "a\u200f\u200eb", "مرحبا {\\an8} 12%", "שלום \\N world", "\u061cx",
        "12:30 مساءً - 50%", "(שלום)", "\u202cunmatched", "مرحبا\u202eabc\u2066", "كتب\u200dكتب\u200cكتب",
    ),
    "marks": (
        "Z" + "\u0300" * 60, "H\u0335\u0321\u0353e\u0336\u0322l\u0337p", "e\u0301 é", "\u0301x", "क" + "्" * 20,
        "กำ" + "ี" * 12, "y\u0308\u0308\u0308\u0308", "\u0e47\u0e47\u0e47x", "q\u0307\u0323 q\u0323\u0307",
    ),
    "emoji": (
        "👩\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "👍🏿", "🇩🇪🇫🇷", "☺\ufe0f ☺\ufe0e", "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3", "👩🏽\u200d🚀",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "\u200d👍", "🤷🏾\u200d♂\ufe0f", "\ufe0fx",
    ),
    "look-alikes": ("раураl.com", "ᴬᴮ", "ﬁﬂ", "ａｂｃ", "Ω\u2126", "K\u212a", "ſs", "İıI", "ŉ", "ß ẞ"),
    "long": (
        "W" * 2000, "\\N" * 1000, "{\\an8}" * 100, "%{n}" * 150, "' " * 300, "مر" * 300, "ab\u0301" * 250, "漢" * 250,
        "\u202ea" * 400, "a\n" * 900, "a\u00ad" * 300, "\U0001f44d" * 200,
    ),
}  # fmt: skip

_BLANK: Final = (
    " ",
    "\n",
    "\t\t",
    "\u200b\u200b",
    "\u202e\u202c",
    "\u2060\u200d",
    "\u00a0",
    "\u3000\n\u3000",
    "\ufeff",
    "x" + "\n" * 1990,
)

_REFUSED: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "control": (
        (
            "\x00", "a\x00b", "x.txt\x00.png", "\x1b[31mred", "\x07", "a\x08\x08", "\x0b\x0c", "\x1f", "\x7f",
            "\x80", "\x9b1m",
            "\x85next", "{\\an8}\x00", "%{n}\x1a",
        ),
        "has the control character U+00",
    ),
    "surrogates": (("\ud800", "a\udc00b", "\udfff\ud800",
    "\udcff.mp4"), "half of a surrogate pair, which is no character"),
    "too long": (
        ("W" * 10_000, "\n" * 10_000, "é" * 10_000, "\u202e" * 10_000, "Z" + "\u0300" * 9_999, "x" * 2001),
        "has more than 2000 characters",
    ),
    "nothing": (("",), "has fewer than 1 characters"),
    "no letter": (
        ("\ufffe", "a\uffff", "\U0001fffe", "\U0010ffff", "\ue000", "\uf8ff", "\U000f0000", "\u0378", "\U00013000",
        "\ufdd0"),
        "which no font here has",
    ),
}  # fmt: skip

_ENDS_A_STRING: Final = (
    "'",
    '"',
    "\\'",
    "}",
    "]",
    ")",
    ":",
    ",",
    ";",
    "\n",
    "\\",
    "%",
    "|",
    "\u202e",
    "\u200b",
    "'\\''",
)
_DOES_HARM: Final = (
    "movie=@FILE@", "textfile=@FILE@", "{\\p1}m 0 0 l 9 9", "%{metadata:x}", "\\fnArial", "$(id)", "../@FILE@",
    "@URL@/x",
    "drawbox=t=fill", "{\\1a&HFF&}", "<font size=99>", "[in][out]overlay", "-i @FILE@", "\\N{\\an7}",
)  # fmt: skip
_MENDS_THE_REST: Final = ("'", '"', "[x]", "{", "#", "--", "\\", ":x='", ";", "%{", "\u202c", "\n")


def corpus() -> tuple[Nasty, ...]:
    """All of them; no two have the same letters."""
    found = {text: Nasty(text, aim) for aim, texts in _SHOWN.items() for text in texts}
    found |= {text: Nasty(text, "invisible", "blank") for text in _BLANK}
    found |= {text: Nasty(text, aim, "refused", told) for aim, (texts, told) in _REFUSED.items() for text in texts}
    chance = random.Random(SEED)
    while len(found) < COUNT:
        parts = (chance.choice(_ENDS_A_STRING), chance.choice(_DOES_HARM), chance.choice(_MENDS_THE_REST))
        found.setdefault("".join(parts), Nasty("".join(parts), "grammar"))
    return tuple(found.values())
