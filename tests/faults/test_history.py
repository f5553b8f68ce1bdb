"""History that was loaded is shown and stays, while live trades flow, through kills and jobs."""

import json
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from stack.broker import Broker
from stack.database import Database
from stack.server.ports import free_ports
from tests import support
from tests.faults.conftest import MakeLoaders
from tests.faults.ledger import Flow, Ledger, Tick, encoded
from tests.faults.loaders import START_SECONDS, Loader, Loaders

SYMBOL = "HISTORY"
LAST_MONTH = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(30)
DAYS = (datetime(2019, 3, 14, tzinfo=UTC), LAST_MONTH)
MINUTES = 1440
LEVELS = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "12h": 720, "1d": 1440}
CHECK_SECONDS = 2.0


@pytest.mark.long
def test_history_stays_while_live_trades_flow_and_servers_are_killed(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders, full: bool
) -> None:
    loaders = loaders_of(own_database.url, broker, ledger.topic)
    _send_history(ledger)
    loaders.load_rest()
    assert _shown(own_database.url) == EXPECTED  # as soon as the load has returned
    api = _serve(loaders, own_database.url)
    loader = loaders.start()
    checks = 90 if full else 4
    with Flow(ledger, at_least=0, per_second=200):
        for check in range(checks):
            if check == checks // 4:
                loader.kill()
                loader = loaders.start()
            if check == checks // 2:
                own_database.kill()
                own_database.start()
            assert _shown(own_database.url) == EXPECTED, f"check {check}"
            time.sleep(CHECK_SECONDS)
    for _ in range(2):
        _run_every_job(own_database.url)
        assert _shown(own_database.url) == EXPECTED
    for day in DAYS:
        assert _bars(api, "1m", day) == MINUTES
        assert _bars(api, "1d", day) == 1
    ledger.wait(own_database.url)
    _stop(loader)
    loaders.load_rest()
    assert _shown(own_database.url) == EXPECTED
    ledger.compare(own_database.url)


# Per level and day: candles, trades, open of the first and close of the last.
EXPECTED = {
    (level, day): (MINUTES // minutes, MINUTES, Decimal(1), Decimal(MINUTES))
    for level, minutes in LEVELS.items()
    for day in DAYS
}


def _send_history(ledger: Ledger) -> None:
    for day in DAYS:
        for minute in range(MINUTES):
            ts = day + timedelta(minutes=minute, seconds=7)
            tick = Tick(SYMBOL, f"{ts:%j-%H%M}", ts, Decimal(minute + 1), Decimal(2))
            ledger.send(encoded(tick), tick)
    ledger.flush()


def _shown(url: str) -> dict[tuple[str, datetime], tuple[int, int, Decimal, Decimal]]:
    """Returns what the candles of each level show of each day."""
    shown = {}
    with psycopg.connect(url, autocommit=True) as conn:
        for level in LEVELS:
            for day in DAYS:
                row = conn.execute(
                    "select count(*), sum(tick_count)::bigint,"
                    " (array_agg(open order by bucket))[1],"
                    " (array_agg(close order by bucket desc))[1]"
                    f" from market.candles_{level} where symbol = %s and bucket >= %s"
                    " and bucket < %s",
                    [SYMBOL, day, day + timedelta(days=1)],
                ).fetchone()
                assert row is not None
                shown[level, day] = row
    return shown


def _run_every_job(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        if not conn.execute("select to_regclass('timescaledb_information.jobs')").fetchone():
            return
        for (job,) in conn.execute(
            "select job_id from timescaledb_information.jobs"
            " where owner = 'stockpulse_owner'::regrole order by job_id"
        ).fetchall():
            conn.execute("call run_job(%s)", [job])


def _serve(loaders: Loaders, url: str) -> str:
    (port,) = free_ports(1)
    loaders.run("serve", "--port", str(port), STOCKPULSE_DATABASE_URL=url)
    api = f"http://127.0.0.1:{port}"
    support.wait_until(lambda: _answers(api), "an answer of the API", START_SECONDS)
    return api


def _answers(api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _bars(api: str, timeframe: str, day: datetime) -> int:
    """Returns how many bars of a day the API gives."""
    query = {
        "symbols": SYMBOL,
        "timeframe": timeframe,
        "start": day.isoformat(),
        "end": (day + timedelta(days=1)).isoformat(),
        "limit": 10_000,
    }
    address = f"{api}/v1/bars?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        bars: dict[str, list[object]] = json.load(answer)["bars"]
    return len(bars.get(SYMBOL, []))


def _stop(loader: Loader) -> None:
    assert loader.terminate()[0] == 0, loader.output[-2000:]
