"""A real Chromium without a window, and the pages of an API over a database of each test."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from stack.database import Database
from tests.browser.site import Site
from tests.browser.visits import Visits

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str:
    """Returns the path of the browser: STOCKPULSE_TEST_CHROMIUM, else the system's, or ""."""
    named = os.environ.get("STOCKPULSE_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a module: while it runs, tests elsewhere could not run an event loop."""
    path = chromium()
    if not path:
        pytest.skip("needs Chromium: apt-get install chromium, or STOCKPULSE_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def site(browser: Browser, fresh_database: str, database: Database) -> Iterator[Site]:
    """The API of this test, over a database of its own."""
    site = Site(fresh_database, database.edition)
    yield site
    site.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visits]:
    """Opens pages of `site`; an error in one of their consoles fails the test."""
    visits = Visits(browser, site)
    yield visits
    visits.close()
