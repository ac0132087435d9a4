"""The page on security says what the waivers say."""

from scan.reference import PAGE_FILE, page
from scan.waivers import FILE, read_waivers


def test_the_page_is_what_the_waivers_say():
    waivers = read_waivers(FILE.read_text("utf-8"))
    assert PAGE_FILE.read_text("utf-8") == page(waivers), "write it anew: python -m scan.reference"


def test_every_waiver_is_told_with_its_control_its_reason_and_its_cost():
    waivers = read_waivers(FILE.read_text("utf-8"))
    told = page(waivers)
    for waiver in waivers:
        section = told.partition(f"#### {waiver.title}\n")[2].partition("####")[0]
        control = "No control" if waiver.control == "none" else waiver.control
        assert {waiver.check, control, waiver.reason, waiver.cost} == {
            text for text in (waiver.check, control, waiver.reason, waiver.cost) if text in section
        }
