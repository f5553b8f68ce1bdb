"""360 bars of a symbol: the API beside QuestDB, which has the same trades and their candles."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from bench.rest import client
from bench.rest.filled import Filled, served, wait_for
from db.errors import StockpulseError
from stack import cache

JAR = "org.questdb:questdb:9.3.4"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
PORT = 18979
# A WAL table, as a materialised view needs one; bound to this machine, nothing else started.
ENVIRONMENT = {
    "QDB_HTTP_NET_BIND_TO": f"127.0.0.1:{PORT}",
    "QDB_HTTP_MIN_ENABLED": "false",
    "QDB_LINE_TCP_ENABLED": "false",
    "QDB_PG_ENABLED": "false",
    "QDB_TELEMETRY_ENABLED": "false",
}
TABLE = "create table trades (ts timestamp, symbol symbol, price double, size double)"
VIEW = (
    "create materialized view candles_1m as (select ts, symbol, first(price) open,"
    " max(price) high, min(price) low, last(price) close, sum(size) volume, count() trades,"
    " sum(price * size) / sum(size) vwap from trades sample by 1m) partition by day"
)
BARS = timedelta(minutes=360)
SECONDS = 10.0
ROUNDS = 3


def compare(filled: Filled) -> dict[str, Any]:
    """Returns the median times of both at one connection, in milliseconds, and their ratios.

    Of a bare socket, and of httpx, as a user in Python has them.
    """
    since = filled.end - timedelta(days=3)
    until = since + BARS
    window = f"start={since:%Y-%m-%dT%H:%M:%SZ}&end={until:%Y-%m-%dT%H:%M:%SZ}"
    ours = f"/v1/bars?symbols=SYM007&timeframe=1m&{window}&limit=360"
    where = f"where symbol = 'SYM007' and ts >= '{since:%FT%TZ}' and ts < '{until:%FT%TZ}'"
    theirs = f"/exec?query={quote(f'select * from candles_1m {where} order by ts')}"
    times: dict[str, list[float]] = {}
    with served(filled.url) as address, _questdb(filled) as questdb:
        for _round in range(ROUNDS):
            for name, url, path in (("ours", address, ours), ("theirs", questdb, theirs)):
                bare = client.measure(url, [path], 1, SECONDS).times
                times[name] = times.get(name, []) + bare
                httpx_name = f"{name}_by_httpx"
                times[httpx_name] = times.get(httpx_name, []) + _by_httpx(f"{url}{path}")
    medians = {name: round(median(taken) * 1000, 3) for name, taken in times.items()}
    return medians | {
        "ratio": round(medians["ours"] / medians["theirs"], 2),
        "ratio_by_httpx": round(medians["ours_by_httpx"] / medians["theirs_by_httpx"], 2),
    }


def _by_httpx(url: str) -> list[float]:
    """Returns the times of requests on one connection, in seconds."""
    times = []
    with httpx.Client() as asking:
        end = time.perf_counter() + SECONDS
        while (began := time.perf_counter()) < end:
            asking.get(url).raise_for_status().json()
            times.append(time.perf_counter() - began)
    return times


@contextmanager
def _questdb(filled: Filled) -> Iterator[str]:
    """Yields the address of a QuestDB that has the trades and the candles."""
    with TemporaryDirectory(prefix="questdb-") as home:
        process = subprocess.Popen(
            ["java", "-Xmx1g", "-p", str(_jar()), "-m", "io.questdb/io.questdb.ServerMain",
             "-d", home],
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{PORT}"
            wait_for(f"{address}/exec?{urlencode({'query': 'select 1'})}")
            _fill(address, filled, Path(home))
            yield address
        finally:
            process.terminate()
            process.wait()


def _fill(address: str, filled: Filled, home: Path) -> None:
    rows = home / "trades.csv"
    command = (
        "\\copy (select to_char(ts at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as ts,"
        f" symbol, price, size from market.trades order by ts) to '{rows}' (format csv, header)"
    )
    subprocess.run(["psql", filled.url, "-X", "-q", "-c", command], check=True)
    _query(address, f"{TABLE} timestamp(ts) partition by day wal")
    with rows.open("rb") as file:
        httpx.post(
            f"{address}/imp",
            params={"name": "trades", "timestamp": "ts", "partitionBy": "DAY"},
            files={"data": file},
            timeout=3600,
        ).raise_for_status()
    rows.unlink()
    _wait_for_rows(address, "select count() from trades", filled.trades)
    _query(address, VIEW)
    _wait_for_rows(address, "select sum(trades) from candles_1m", filled.trades)


def _wait_for_rows(address: str, query: str, rows: int) -> None:
    end = time.monotonic() + 600
    while (found := _query(address, query)["dataset"][0][0]) != rows:
        if time.monotonic() > end:
            raise StockpulseError(f"QuestDB has {found} of {rows} trades")
        time.sleep(1)


def _query(address: str, query: str) -> dict[str, Any]:
    answer = httpx.get(f"{address}/exec", params={"query": query}, timeout=600)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _jar() -> Path:
    """Returns QuestDB's jar, downloaded by mvn the first time."""
    jars = cache.root(os.environ) / JAR.replace(":", "-")
    if not jars.exists():
        mvn = shutil.which("mvn")
        if mvn is None:
            raise StockpulseError("mvn is missing: it downloads QuestDB's jar")
        cache.build(jars, lambda building: _fetch(mvn, building))
    return next(jars.glob("*.jar"))


def _fetch(mvn: str, building: Path) -> None:
    command = [mvn, "-q", "-B", f"{PLUGIN}:copy", f"-Dartifact={JAR}"]
    subprocess.run([*command, f"-DoutputDirectory={building}"], check=True)
