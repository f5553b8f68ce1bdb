"""Pages opened in Chromium, and what goes wrong in them."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.site import Site

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# What Chromium writes of every request to a server that is away, whatever the page does about it.
AWAY = re.compile(r"net::ERR_(CONNECTION|EMPTY_RESPONSE|INCOMPLETE_CHUNKED)")
WAIT_MS = 15_000
LIVE = "stockpulse.isLive()"  # what came while the page was without a connection is drawn


class Visits:
    """Opens pages of a site; called with a path, it returns the page."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self._problems: list[str] = []
        self._tolerated: list[re.Pattern[str]] = []

    def __call__(
        self,
        path: str,
        *,
        phone: bool = False,
        dark: bool = False,
        clock: bool = False,
        **options: Any,
    ) -> Page:
        """Opens a page and waits until it has loaded, not until it has bars.

        With `clock`, page.clock can let time pass in it.
        """
        context = self._browser.new_context(
            base_url=self._site.url,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **{"locale": "en-GB", "timezone_id": "Europe/Berlin"} | options,
        )
        context.set_default_timeout(WAIT_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._problems.append(f"{error}\n{error.stack}"))
        if clock:
            page.clock.install()
        page.goto(path)
        return page

    def tolerate(self, pattern: str) -> None:
        """Lets console errors pass that a test provokes."""
        self._tolerated.append(re.compile(pattern))

    def close(self) -> None:
        """Closes all pages; fails if one had an error that is not tolerated."""
        for context in self._contexts:
            context.close()
        tolerated = self._tolerated + ([AWAY] if self._site.was_stopped else [])
        left = [line for line in self._problems if not any(one.search(line) for one in tolerated)]
        assert left == [], "\n".join(left)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._problems.append(f"{message.text} ({message.location['url']})")


Visit = Callable[..., Page]


def drawn(page: Page) -> list[dict[str, Any]]:
    """Returns the bars that the page has drawn, oldest first."""
    bars: list[dict[str, Any]] = json.loads(page.evaluate("JSON.stringify(stockpulse.bars())"))
    return bars


def wait_for(page: Page, condition: str, seconds: float = 15.0) -> None:
    """Waits until a condition in JavaScript holds, which may ask `stockpulse`.

    Playwright's own way to wait evaluates text within the page, which its policy forbids.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(f"Boolean(window.stockpulse && ({condition}))"):
        if time.monotonic() > deadline:
            state = page.evaluate("JSON.stringify(window.stockpulse?.state())")
            pytest.fail(f"{condition}: not within {seconds:.0f} s; the page is in {state}")
        page.wait_for_timeout(20)
