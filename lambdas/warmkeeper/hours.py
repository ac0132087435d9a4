"""Warm hours: the hours of a week in which a fleet that may sleep is kept awake all the same."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(WEEK)
_TEXT = re.compile(
    rf"(?P<first>{_DAY})(-(?P<last>{_DAY}))? (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d) (?P<zone>[A-Za-z0-9_+/-]+)"
)


@dataclass(frozen=True, slots=True)
class WarmHours:
    """A window of each of some days, by the clocks of a place. It holds what a log line can show.

    `days` are weekdays, Monday is 0; `start_minute` belongs to the window and `end_minute` does not, both minutes of
    the day; `zone` names the place. Clocks that are put on take the hour out of a window that has it, or all of a
    window that lies within it, and clocks that are put back bring it twice: what counts is what the clocks show.
    """

    text: str
    days: tuple[int, ...]
    start_minute: int
    end_minute: int
    zone: str

    def __str__(self) -> str:
        return self.text

    def is_warm(self, moment: float) -> bool:
        """Whether a moment, in seconds of the epoch, lies in the window."""
        # ZoneInfo keeps the zones that it made, so this is a look-up.
        there = datetime.fromtimestamp(moment, ZoneInfo(self.zone))
        return there.weekday() in self.days and self.start_minute <= _minute(there.time()) < self.end_minute


def parse_warm_hours(text: str) -> WarmHours:
    """Read `Mon-Fri 08:00-20:00 Europe/Paris`; one day alone will do, and `Sat-Mon` passes over Sunday.

    Raises:
        ValueError: it is not written so, ends before it begins, or names a zone that nobody here knows.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is not written as: Mon-Fri 08:00-20:00 Europe/Paris")
    start_minute, end_minute = (_minute(time.fromisoformat(parts[edge])) for edge in ("start", "end"))
    if start_minute >= end_minute:
        raise ValueError(f"{text!r} ends before it begins: a window lies within one day")
    try:
        zone = ZoneInfo(parts["zone"])
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{parts['zone']} is no time zone known here") from error
    first = WEEK.index(parts["first"])
    length = (WEEK.index(parts["last"] or parts["first"]) - first) % len(WEEK) + 1
    days = tuple((first + day) % len(WEEK) for day in range(length))
    return WarmHours(text, days, start_minute, end_minute, zone.key)


def _minute(of_day: time) -> int:
    return of_day.hour * 60 + of_day.minute
