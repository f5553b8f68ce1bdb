"""`stockpulse lifecycle`: nothing is dropped unasked, and exactly what was said."""

import psycopg
import pytest

from tests.cli.conftest import Ended, Run
from tests.cli.test_errors import check_error
from tests.db import archived, support
from tests.db.support import trade

DAYS = (200, 150, 60, 1)  # ago


@pytest.fixture
def lifecycle(run: Run, bare: dict[str, str], fresh_database: str):
    """Runs `stockpulse lifecycle` with the given words."""

    def run_lifecycle(*words: str, given: str = "") -> Ended:
        environ = {**bare, "STOCKPULSE_DATABASE_URL": fresh_database}
        return run(environ, "lifecycle", *words, given=given)

    return run_lifecycle


@pytest.fixture
def history(fresh_database: str):
    """A trade on some days, with its candles stored."""
    with support.connect(fresh_database) as conn:
        support.insert(conn, [trade(support.midnight(day), "5") for day in DAYS])
        support.refresh_all(conn)
        yield conn


def trades(conn: psycopg.Connection) -> int:
    row = conn.execute("select count(*) from market.trades").fetchone()
    assert row is not None
    return int(row[0])


def test_everything_is_kept_as_shipped(lifecycle, history) -> None:
    ended = lifecycle()
    assert ended.code == 0, ended.err
    lines = {line.split()[0]: line for line in ended.out.splitlines()}
    assert len(lines) == 1 + 21
    for name, line in lines.items():
        kept = "1 day, then computed" if name.endswith("_1s") else "for ever"
        assert name == "relation" or f" {kept} " in line
    assert f"{support.midnight(DAYS[0]):%Y-%m-%d}" in lines["trades"]


def test_set_says_what_goes_asks_and_drops_that(lifecycle, history) -> None:
    candles = support.all_candles(history)
    said = "2 rows of trades are dropped for good"
    refused = lifecycle("set", "trades", "--keep", "90d", given="n\n")
    assert said in refused.out
    check_error(refused, "nothing was changed")
    assert trades(history) == 4
    done = lifecycle("set", "trades", "--keep", "90d", given="y\n")
    assert (done.code, said in done.out) == (0, True), done.err
    assert trades(history) == 2
    assert support.all_candles(history) == candles
    assert " 90 days " in lifecycle().out


def test_set_does_not_ask_where_nothing_goes_or_it_may_not(lifecycle, history) -> None:
    assert lifecycle("set", "trades", "--keep", "52w").out == "trades are kept for 52w\n"
    assert "Drop them?" not in lifecycle("set", "trades", "--keep", "12w", "--yes").out
    assert trades(history) == 2
    done = lifecycle("set", "trades", "--keep", "forever")
    assert done.out == "trades are kept for ever\n"


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("ticks", "--keep", "90d"), "unknown relation 'ticks'"),
        (("vendor_bars", "--keep", "90d"), "vendor_bars are kept for ever"),
        (("trades", "--keep", "90"), "--keep is '90', not like 90d"),
        (("trades", "--keep", "0d"), "--keep is '0d', not like 90d"),
        (("trades", "--keep", "36h"), "too near to the age at which trades are dropped"),
        (("trades", "--keep", "1d"), "trades become columnar later than that: keep longer"),
    ],
)
def test_what_makes_no_sense_is_refused(lifecycle, history, words, complaint) -> None:
    check_error(lifecycle("set", *words, "--yes"), complaint)
    assert trades(history) == 4


@pytest.mark.parametrize(
    "keep, said",
    [
        ("2w", "candles_1s are stored for 2w"),
        ("forever", "candles_1s are stored for ever"),
        ("0", "candles_1s are not stored: they are computed when they are read"),
    ],
)
def test_how_long_seconds_are_stored_is_no_question_of_loss(
    lifecycle, history, keep: str, said: str
) -> None:
    ended = lifecycle("set", "candles_1s", "--keep", keep)
    assert (ended.code, ended.out.strip()) == (0, said), ended.err


def test_nothing_else_can_be_kept_for_no_time(lifecycle, history) -> None:
    ended = lifecycle("set", "trades", "--keep", "0")
    check_error(ended, "--keep is '0', not like 90d, 12w, 36h or forever")


def test_what_waits_for_the_archive_is_said_and_stays(lifecycle, history) -> None:
    archived.archive(history, "trades", [DAYS[0]])
    done = lifecycle("set", "trades", "--keep", "90d", "--yes")
    assert "2 rows of trades are dropped once the archive has them" in done.out
    assert "1 rows are still there: they wait for the archive" in done.out
    assert trades(history) == 3
    history.execute("insert into ops.restored_days values ('trades', %s)", [archived.day_of(150)])
    shown = lifecycle().out
    lines = {line.split()[0]: line.split() for line in shown.splitlines()}
    assert lines["trades"][-1] == f"{archived.day_of(DAYS[0])}"
    assert "retention waits for the archive\n" in shown
    assert "1 restored days stay until stockpulse restore --release DAY" in shown
    archived.see(history, hours_ago=7)
    assert "so nothing is dropped" in lifecycle().out
