"""`stockpulse instruments` and `stockpulse actions`: CSV files in, tables out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import Ended, Run
from tests.cli.test_errors import check_error

INSTRUMENTS = "symbol,asset_class,base,quote,price_scale,primary_source,calendar\n"
ACTIONS = "instrument,ex,kind,numerator,denominator\n"

Import = Callable[..., Ended]


@pytest.fixture
def environ_of(bare: dict[str, str], fresh_database: str) -> dict[str, str]:
    return {**bare, "STOCKPULSE_DATABASE_URL": fresh_database}


@pytest.fixture
def imported(run: Run, environ_of: dict[str, str], tmp_path: Path) -> Import:
    """Writes a file and imports it by `stockpulse COMMAND import`."""

    def import_text(command: str, text: str | bytes) -> Ended:
        file = tmp_path / "rows.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run(environ_of, command, "import", str(file))

    return import_text


@pytest.fixture
def rows(fresh_database: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """The rows of a statement, with times in UTC as text."""

    def execute(statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(fresh_database, options="-c timezone=UTC") as conn:
            return conn.execute(statement).fetchall()  # type: ignore[arg-type]

    return execute


def test_instruments_are_added_and_changed(imported, run, environ_of, rows) -> None:
    ended = imported(
        "instruments",
        INSTRUMENTS + "IBM,equity,,USD,2,Alpaca,XNYS\n\n"
        '"A, B",index,,,,,\n KRAKEN:BTC/USD , crypto,BTC,USD,1,kraken,24/7\n',
    )
    assert (ended.code, ended.out) == (0, "3 instruments imported\n"), ended.err
    select = (
        "select symbol, asset_class, base, quote, price_scale, primary_source, calendar"
        " from market.instruments order by symbol"
    )
    assert rows(select) == [
        ("A, B", "index", None, None, None, None, None),
        ("IBM", "equity", None, "USD", 2, "alpaca", "XNYS"),
        ("KRAKEN:BTC/USD", "crypto", "BTC", "USD", 1, "kraken", "24/7"),
    ]
    # with the mark of a spreadsheet; an absent column keeps its values, an empty cell does not
    ended = imported("instruments", "\ufeffprice_scale,symbol,calendar\r\n4,IBM,\r\n")
    assert ended.out == "1 instruments imported\n"
    assert rows(select)[1] == ("IBM", "equity", None, "USD", 4, "alpaca", None)
    listed = run(environ_of, "instruments", "list")
    assert "KRAKEN:BTC/USD  crypto       BTC   USD" in listed.out
    assert "no names yet" in listed.out


def test_names_lead_to_instruments(imported, run, environ_of, rows) -> None:
    imported("instruments", "symbol\nMETA\n")
    ended = imported("instruments", "symbol,since,until,instrument\nFB,,2022-06-09,META\n")
    assert (ended.code, ended.out) == (0, "1 names imported\n"), ended.err
    select = "select symbol, since::text, until::text, instrument from market.names"
    assert rows(select) == [("FB", "-infinity", "2022-06-09 00:00:00+00", "META")]
    imported("instruments", "symbol,until,instrument\nFB,2022-06-10T12:00+02:00,META\n")
    assert rows(select) == [("FB", "-infinity", "2022-06-10 10:00:00+00", "META")]
    listed = run(environ_of, "instruments", "list").out
    assert "2022-06-10 10:00:00+00:00  META" in listed
    ended = imported("instruments", "symbol,since,instrument\nFB,2022-01-01,META\n")
    check_error(ended, "the names overlap")
    assert len(rows(select)) == 1


def test_dates_of_splits_begin_in_the_time_zone_of_their_calendar(
    imported, run, environ_of, rows
) -> None:
    assert run(environ_of, "actions", "list").out == "no actions yet\n"
    imported("instruments", "symbol,calendar\nNVDA,XNYS\nVOD,XLON\nBTC,24/7\nX,\n")
    ended = imported(
        "actions",
        ACTIONS + "NVDA,2024-06-10,split,10,1\nVOD,2024-06-10,split,1,3\n"
        "BTC,2024-06-10,split,2.5,1\nX,2024-06-10T04:00:00-04:00,split,3,2\n",
    )
    assert (ended.code, ended.out) == (0, "4 actions imported\n"), ended.err
    select = (
        "select instrument, ex_at::text, numerator::text, denominator::text"
        " from market.corporate_actions order by instrument"
    )
    assert rows(select) == [
        ("BTC", "2024-06-10 00:00:00+00", "2.5", "1"),
        ("NVDA", "2024-06-10 04:00:00+00", "10", "1"),
        ("VOD", "2024-06-09 23:00:00+00", "1", "3"),
        ("X", "2024-06-10 08:00:00+00", "3", "2"),
    ]
    imported("actions", ACTIONS + "BTC,2024-06-10,split,2,1\n")
    assert rows(select)[0][2] == "2"
    assert "NVDA        2024-06-10 04:00:00  split" in run(environ_of, "actions", "list").out


@pytest.mark.parametrize(
    "command, text, message",
    [
        ("instruments", "", "is empty"),
        ("instruments", "symbol,colour\nA,red\n", "line 1: unknown column 'colour'; known are"),
        ("instruments", "base\nA\n", "line 1: the column symbol is missing"),
        ("instruments", "symbol,symbol\nA,B\n", "line 1: a column is there twice"),
        ("instruments", "symbol,base\nA,B\nC\n", "line 3: 1 values for 2 columns"),
        ("instruments", "symbol,base\nA,B\n,C\n", "line 3: symbol is empty"),
        ("instruments", "symbol\nA\nB\nA\n", "line 4: the same symbol as in line 2"),
        ("instruments", f"symbol\nA\n{'x' * 129}\n", "line 3: symbol is longer than 128"),
        ("instruments", "symbol,price_scale\nA,1.5\n", "line 2: price_scale '1.5' is not an"),
        ("instruments", "symbol,price_scale\nA,19\n", "line 2: price_scale '19' is not an"),
        ("instruments", 'symbol,base\nA,"B\n', "unexpected end of data"),
        ("instruments", b"symbol\nA\n\xff\n", "is not UTF-8"),
        ("instruments", b"symbol\nA\nB\x00\n", "line "),
        ("instruments", "symbol,instrument\nFB,NOPE\n", "line 2: NOPE is not in market"),
        ("instruments", "symbol,since,until,instrument\nF,2022-01-01,2022-01-01,KNOWN\n",
         "line 2: since is not before until"),
        ("instruments", "symbol,since,instrument\nFB,soon,KNOWN\n", "line 2: since 'soon' is not"),
        ("actions", ACTIONS + "NOPE,2024-06-10,split,10,1\n", "line 2: NOPE is not in market"),
        ("actions", ACTIONS + "KNOWN,2024-06-31,split,10,1\n", "line 2: ex '2024-06-31' is not"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,merger,10,1\n", "line 2: kind 'merger' is not"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,0,1\n", "line 2: numerator '0' is not a"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,1,-2\n", "line 2: denominator '-2' is not"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,NaN,1\n", "line 2: numerator 'NaN' is not"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,ten,1\n", "line 2: numerator 'ten' is not"),
        *(
            ("actions", f"{ACTIONS}KNOWN,2024-06-10,split,{number},1\n",
             f"line 2: numerator {number!r} is not a number above zero")
            for number in ("1_0", "1e3", "+2", "\u0661", "1e999999999", ".5", "1" * 19)
        ),
        *(
            ("actions", f"{ACTIONS}KNOWN,{ex},split,2,1\n", f"line 2: ex {ex!r} is not a time")
            for ex in ("20261120", "2026-W09-5", "2026-11-20T12:00:00.123456789Z", "2026-11-20T12",
                       "2026-11-20T120000Z", "2026-11-20x12:00", "2026-11-20T12:00+01:00:30",
                       "\u0662026-11-20", "2026-11-20T12:00:00+99:00")
        ),
        *(
            ("actions", f"{ACTIONS}KNOWN,{ex},split,2,1\n", f"line 2: ex {ex!r} is not in the year")
            for ex in ("0001-01-01", "9999-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:00Z")
        ),
        ("instruments", "symbol,since,instrument\nFB,0001-01-01T00:00+01:00,KNOWN\n",
         "line 2: since '0001-01-01T00:00+01:00' is not in the years"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,,1\n", "line 2: numerator is empty"),
        ("actions", ACTIONS + "KNOWN,2024-06-10,split,2,1\nKNOWN,2024-06-10,split,3,1\n",
         "line 3: the same instrument and ex and kind as in line 2"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_imported(
    imported, rows, fresh_database, command, text, message
) -> None:
    with psycopg.connect(fresh_database) as conn:
        conn.execute("insert into market.instruments (symbol) values ('KNOWN')")
    check_error(imported(command, text), message)
    assert rows("select symbol from market.instruments") == [("KNOWN",)]
    assert rows("select 1 from market.names union all select 2 from market.corporate_actions") == []


def test_a_missing_file_is_named(run, environ_of) -> None:
    for command in ("instruments", "actions"):
        check_error(run(environ_of, command, "import", "/no/such.csv"), "cannot read /no/such.csv")
