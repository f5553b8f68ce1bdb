"""Compares the chart page with a bare page of lightweight-charts, in Chromium.

    python -m bench.page [--runs 15]

First paint: from the request of the page until the frame with 600 bars was made, with nothing in
the browser's cache. 10,000 bars: from the text of the answer until the frame with them was made.
Update: the work of the newest bar's change, with its frame. Both pages in turn, the same bars.
STOCKPULSE_TEST_CHROMIUM names the browser. Prints the figures and writes build/bench-page.json.
"""

import argparse
import json
import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from api import pages
from api.serve import listen, server
from api.settings import ApiSettings
from bench.candles import fresh, is_community
from cli.progress import show_progress
from db.candles import refresh
from stack import database as databases

REPORT = Path("build/bench-page.json")
HERE = Path(__file__).parent
SYMBOL = "AAPL"
BARS = 12_000
WARM_UP = 2
UPDATES = 25
CHART, BARE = (
    f"/chart?symbol={SYMBOL}&timeframe=1m",
    f"/assets/bare.html?symbol={SYMBOL}&timeframe=1m",
)
ANSWER = f"/v1/bars?symbols={SYMBOL}&timeframe=1m&limit=10000"

# Each gives milliseconds; `text` is the answer of the API.
DRAWN = {
    CHART: """async (text) => {
        const { page } = await import("/assets/chart/chart.js");
        const { barOf } = await import("/assets/chart/bars.js");
        await probe.frame();
        const began = performance.now();
        page.data.held.list = [];
        page.data.held.add(Object.values(JSON.parse(text).bars)[0].map(barOf));
        page.data.onBars(null);
        return await probe.frame() - began;
    }""",
    BARE: """async (text) => {
        const { draw } = await import("/assets/bare.js");
        await probe.frame();
        const began = performance.now();
        draw(Object.values(JSON.parse(text).bars)[0]);
        return await probe.frame() - began;
    }""",
}
UPDATED = {
    CHART: """async (count) => {
        const { page } = await import("/assets/chart/chart.js");
        const taken = [];
        for (let n = 0; n < count; n += 1) {
            const { exact } = page.data.bars.at(-1);
            const bar = { ...exact, type: "bar", c: String(Number(exact.o) + n / 100) };
            taken.push(await probe.work(() => page.data.take([bar])));
        }
        return taken;
    }""",
    BARE: """async (count) => {
        const { update } = await import("/assets/bare.js");
        const answer = await fetch("/v1/bars?symbols=AAPL&limit=1");
        const [bar] = (await answer.json()).bars.AAPL;
        const taken = [];
        for (let n = 0; n < count; n += 1) {
            taken.push(await probe.work(() => update({ ...bar, c: bar.o + n / 100 })));
        }
        return taken;
    }""",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares the chart page with a bare one.")
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    report: dict[str, Any] = {}
    with databases.start(report=print) as database, fresh(database.url, "bench_page") as url:
        _fill(url)
        with _served(url) as address, _chromium() as browser:
            report["browser"] = browser.version
            found = [_run(browser, address) for _ in range(runs + WARM_UP)][WARM_UP:]
    for name in found[0][CHART]:
        ours, bare = ([run[path][name] for run in found] for path in (CHART, BARE))
        report[name] = {
            "page_ms": round(statistics.median(ours), 1),
            "bare_ms": round(statistics.median(bare), 1),
            "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
            "page_worst_ms": round(max(ours), 1),
        }
        print(f"{name}: {json.dumps(report[name])}")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _run(browser: Browser, address: str) -> dict[str, dict[str, float]]:
    return {path: _measured(browser, address, path) for path in (CHART, BARE)}


def _measured(browser: Browser, address: str, path: str) -> dict[str, float]:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.add_init_script(path=HERE / "probe.js")
    page = context.new_page()
    page.goto(path)
    first = _until(page, "probe.paintedAt")
    text = context.request.get(ANSWER).text()
    drawn = page.evaluate(DRAWN[path], text)
    updates = page.evaluate(UPDATED[path], UPDATES)
    context.close()
    return {
        "first paint of 600 bars": first,
        "10,000 bars after the answer": drawn,
        "an update": statistics.median(updates),
        "the slowest update": max(updates),
    }


def _until(page: Page, expression: str) -> float:
    """Waits for a number; the page's policy forbids Playwright's own way."""
    while (value := page.evaluate(expression)) is None:
        page.wait_for_timeout(10)
    number: float = value
    return number


def _fill(url: str) -> None:
    """Stores a trade in each of the last 12,000 minutes, and their candles."""
    newest = datetime.now(UTC).replace(second=30, microsecond=0)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("insert into market.instruments (symbol) values (%s)", [SYMBOL])
        conn.execute(
            "insert into market.trades"
            " (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)"
            " select %s::timestamptz - n * interval '1 minute', %s, 'sim',"
            " 180 + round((n * 37 %% 211)::numeric / 100, 2), 1 + n %% 90, n::text, n, 1, 1, 221"
            " from generate_series(0, %s) as n",
            [newest, SYMBOL, BARS],
        )
        if not is_community(conn):  # as the loader does
            conn.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " values ('trades', null, '2000-01-01', '2100-01-01')"
            )
            conn.execute("call market.refresh_candles()")
            return
    refresh.refresh(url, show_progress, jobs=1)


@contextmanager
def _served(url: str) -> Iterator[str]:
    pages.FILES.update({name: HERE / name for name in ("bare.html", "bare.css", "bare.js")})
    running = server(ApiSettings(database_url=url, api_port=0))
    with listen("127.0.0.1", 0) as listener:
        thread = Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = os.environ.get("STOCKPULSE_TEST_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path)


if __name__ == "__main__":
    main()
