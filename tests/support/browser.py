"""A real browser without a screen: Debian's Chromium, driven by selenium."""

from __future__ import annotations

import shlex
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servers import ending_with_us, program

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Browser", "browser"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """A browser.

    Args:
        driver: The driver of selenium.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, width: int, *, dark: bool = False) -> list[str]:
        """Open a file; return what the browser complains of.

        Args:
            page: The file.
            width: How wide the screen is, in pixels.
            dark: Whether the reader's system is dark.
        """
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get_log("browser")
        self.driver.get(page.as_uri())
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def ask(self, script: str) -> Any:
        """Return what a script returns that runs in the page."""
        return self.driver.execute_script(script)

    @property
    def widths(self) -> tuple[int, int]:
        """How wide the page is, and how wide the screen."""
        width, screen = self.ask("return [document.documentElement.scrollWidth, innerWidth]")
        return width, screen


def _start(folder: Path, name: str, found: str) -> str:
    """Return a script that starts a program so that it ends with what started it."""
    path = folder / f"start-{name}"
    path.write_text(f'#!/bin/sh\nexec {shlex.join(ending_with_us([found]))} "$@"\n')
    path.chmod(0o700)
    return str(path)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser with a profile of its own; the test is skipped where there is none."""
    chromium = program("chromium", "chromium")
    driver_path = program("chromedriver", "chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.binary_location = _start(Path(profile), "browser", chromium)
        service = webdriver.ChromeService(_start(Path(profile), "driver", driver_path))
        driver = webdriver.Chrome(options=options, service=service)
        try:
            yield Browser(driver)
        finally:
            driver.quit()
