"""A real browser for the tests of pages: headless Chromium, as Debian packages it."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

SCREENSHOTS = Path(__file__).parents[2] / "out" / "wake"
SCREENSHOTS_ASKED = "WAKE_SCREENSHOTS"
"""The environment variable that asks for them; without it pages are looked at by their text alone."""

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It may run as root, and speaks to nobody but the page's server."""

VIEWS = {"desktop": (1100, 760, False), "phone": (390, 760, True)}
"""Width and height in pixels, and whether it is a mobile device."""


def installed() -> tuple[str, str]:
    """The paths of Chromium and of its driver; skips the test where they are not installed, and fails it in CI."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        reason = "chromium and chromium-driver are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI must show the page in a browser")
        pytest.skip(reason)
    return chromium, driver


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """A new browser with an empty profile in the folder `profile`."""
    chromium, driver = installed()
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


class Tab:
    """One tab, with a browser session of its own."""

    def __init__(self, chrome: Chrome, url: str) -> None:
        self.chrome = chrome
        self.url = url
        chrome.switch_to.new_window("tab")

    def open(self, path: str) -> None:
        """Go to a path of the page's origin, as by a click on a link."""
        self.chrome.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        """The one element of a CSS selector."""
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What is shown of an element; "" where it is hidden."""
        return self.find(selector).text

    def script(self, expression: str, *arguments: object) -> Any:
        """The value of an expression in the page."""
        return self.chrome.execute_script(f"return {expression}", *arguments)

    def complaints(self) -> Sequence[str]:
        """What the console has said since the last time: refused code, errors, failed requests."""
        return [entry["message"] for entry in self.chrome.get_log("browser")]

    @contextmanager
    def holding_back(self, pattern: str) -> Iterator[None]:
        """Keep the requests to addresses of this pattern from leaving until the end."""
        self.chrome.execute_cdp_cmd("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})
        try:
            yield
        finally:
            self.chrome.execute_cdp_cmd("Fetch.disable", {})

    def shoot(self, name: str) -> None:
        """Leave screenshots of what is shown in `out/wake`, large and small, light and dark, if they are asked for."""
        if not os.environ.get(SCREENSHOTS_ASKED):
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for view, (width, height, mobile) in VIEWS.items():
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
            self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            for scheme in ("light", "dark"):
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
                self.chrome.save_screenshot(str(SCREENSHOTS / f"{name}-{view}-{scheme}.png"))

    def close(self) -> None:
        """Close it, and go back to the browser's first tab."""
        self.chrome.close()
        self.chrome.switch_to.window(self.chrome.window_handles[0])
