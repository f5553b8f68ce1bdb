"""`stockpulse rules`: stored trades get the masks of today's rules, and candles follow."""

from datetime import UTC, datetime

import psycopg
import pytest

from db import edition
from tests.cli.conftest import Ended, Run
from tests.cli.test_errors import check_error

DAY = "2026-02-27"
# Minutes: everything 13, volume alone 8; days the same, four places on.
EVERYTHING, VOLUME_ALONE = 221, 136


@pytest.fixture
def rules(run: Run, bare: dict[str, str], fresh_database: str):
    """Runs `stockpulse rules` with the given words."""

    def run_rules(*words: str) -> Ended:
        return run({**bare, "STOCKPULSE_DATABASE_URL": fresh_database}, "rules", *words)

    return run_rules


@pytest.fixture
def sql(fresh_database: str):
    """Runs a statement and returns its rows."""

    def execute(statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(fresh_database, autocommit=True) as conn:
            cursor = conn.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    return execute


def add(sql, time: str, price: int, conditions: list[str] | None, **others: object) -> None:
    """Stores a trade as a loader did under the first version of the rules."""
    values = {"symbol": "IBM", "source": "feed", "tape": "A", "moves": EVERYTHING, **others}
    sql(
        "insert into market.trades (ts, symbol, source, price, size, tape, conditions, seq, batch,"
        " rules, moves, tick_id) values (%s, %s, %s, %s, 1, %s, %s, %s, 1, 1, %s, %s)",
        f"{DAY} {time}+00", values["symbol"], values["source"], price, values["tape"], conditions,
        price, values["moves"], str(price),
    )  # fmt: skip


def masks(sql) -> list[int]:
    return [moves for (moves,) in sql("select moves from market.trades order by ts, seq")]


@pytest.fixture
def feed(sql):
    """Trades of a source whose rules are changed afterwards: T matters by session."""
    sql("insert into market.instruments (symbol) values ('IBM'), ('OLD')")
    sql("insert into market.sources (source) values ('feed'), ('other')")
    add(sql, "14:00:00", 1, [" ", "T"])  # 09:00 in New York: extended
    add(sql, "14:29:59.999999", 2, ["T"])
    add(sql, "14:30:00", 3, ["T"])  # regular
    add(sql, "15:00:00", 4, None)
    add(sql, "15:00:30", 99, ["W"])
    add(sql, "15:00:40", 5, [])
    sql(
        "insert into market.rule_sets (rule_set, regular_hours, description)"
        " values ('mine', 'America/New_York 09:30-16:00', 'of this test')"
    )
    sql(
        "insert into market.bar_rules"
        " select 'mine', kind, '*', code, session, open_close, high_low, true, 0"
        " from (values ('', '*', 'yes', true), (' ', '*', 'yes', true),"
        " ('T', 'regular', 'yes', true), ('T', 'extended', 'no', false), ('W', '*', 'no', false))"
        " as rule (code, session, open_close, high_low), (values ('minute'), ('day')) as k (kind)"
    )
    sql("update market.sources set rule_set = 'mine' where source = 'feed'")
    return sql


def test_list_shows_sets_sources_and_trades_by_older_rules(rules, feed) -> None:
    ended = rules("list")
    assert ended.code == 0, ended.err
    lines = {line.split()[0]: line for line in ended.out.splitlines()}
    assert lines["mine"].split()[-2:] == ["feed", "6"]
    assert "kraken, legacy" in lines["all"]
    assert lines["algoseek"].split()[-1] == "0"
    assert "stockpulse rules apply" in ended.out


def test_apply_makes_masks_by_tape_conditions_and_session(rules, feed) -> None:
    ended = rules("apply")
    assert ended.code == 0, ended.err
    assert ended.out == (
        "6 trades, 0 quotes and 0 waiting events have new masks\nthe candles are up to date\n"
    )
    assert masks(feed) == [VOLUME_ALONE, VOLUME_ALONE, EVERYTHING, EVERYTHING, VOLUME_ALONE,
                           EVERYTHING]  # fmt: skip
    # 15:00 without the price of the odd print
    assert feed(
        "select open, high, low, close, volume from market.candles_1m"
        " where symbol = 'IBM' and bucket = '2026-02-27 15:00+00'"
    ) == [(4, 5, 4, 5, 3)]
    assert rules("apply").out.startswith("0 trades, 0 quotes and 0 waiting events ")
    assert "stockpulse rules apply" not in rules("list").out


def test_apply_takes_a_source_and_a_range(rules, feed) -> None:
    add(feed, "16:00:00", 7, None, source="other", symbol="OLD")
    assert rules("apply", "--source", "OTHER").out.startswith("1 trades, ")
    done = rules("apply", "--since", f"{DAY}T14:29:59.999999Z", "--until", f"{DAY}T15:00Z")
    assert done.out.startswith("2 trades, ")
    assert masks(feed)[:4] == [EVERYTHING, VOLUME_ALONE, EVERYTHING, EVERYTHING]
    assert rules("apply").out.startswith("4 trades, ")


def test_apply_takes_compressed_trades(rules, feed, fresh_database) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        if edition.kind_of(conn) != "community":
            pytest.skip("needs the columnstore")
        conn.execute("select compress_chunk(c) from show_chunks('market.trades') as c")
    assert rules("apply").out.startswith("6 trades, ")
    assert masks(feed)[0] == VOLUME_ALONE


def test_apply_takes_what_waits_for_its_row(rules, feed) -> None:
    when = datetime(2026, 2, 27, 14, 0, tzinfo=UTC)
    feed(
        "insert into ops.late_events (topic, partition, \"offset\", kind, ts, symbol, source,"
        " price, tape, conditions, seq, batch, rules, moves) values"
        " ('t', 0, 0, 'trade', %s, 'IBM', 'feed', 1, 'A', '{T}', 1, 1, 1, 221)", when,
    )  # fmt: skip
    feed(
        "insert into ops.amendments (topic, partition, \"offset\", batch, action, kind, symbol,"
        " source, tick_id, ts, new_price, new_conditions, new_rules, new_moves) values"
        " ('t', 0, 1, 1, 'correct', 'trade', 'IBM', 'feed', 'x', %s, 1, '{T}', 1, 221)", when,
    )  # fmt: skip
    feed(
        "insert into ops.replacements (batch_name, kind, ts, symbol, source, price, tick_id,"
        " conditions, seq, batch, rules, moves) values"
        " ('b', 'trade', %s, 'IBM', 'feed', 1, 'x', '{W}', 1, 1, 1, 221)", when,
    )  # fmt: skip
    done = rules("apply", "--source", "nobody")
    assert done.out.startswith("0 trades, 0 quotes and 3 waiting events ")
    for table, column in (
        ("late_events", "moves"), ("amendments", "new_moves"), ("replacements", "moves")
    ):  # fmt: skip
        assert feed(f"select {column} from ops.{table}") == [(VOLUME_ALONE,)], table


# bid, ask, mask by a ratio of 10, mask by a ratio of 2
QUOTES = [
    ("1", "1.5", 7, 7), ("1", "2", 7, 7), ("1", "2.01", 7, 0), ("1", "10.5", 0, 0),
    ("2", "1", 7, 7), ("-5", "3", 7, 7), ("-3", "-5", 7, 7), ("0", "5", 2, 2), ("5", "0", 1, 1),
    ("0", "0", 0, 0), (None, "7", 2, 2), ("7", None, 1, 1), ("0", None, 0, 0), (None, "0", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("compressed", [False, True])
def test_apply_makes_the_masks_of_quotes_by_the_ratio_of_their_source(
    rules, sql, fresh_database, compressed
) -> None:
    sql("insert into market.instruments (symbol) values ('EURUSD')")
    for number, (bid, ask, moves, _) in enumerate(QUOTES):
        sql(
            "insert into market.quotes (ts, symbol, source, bid, ask, tick_id, seq, batch, moves)"
            f" values ('{DAY} 14:{number:02}+00', 'EURUSD', 'sim', %s, %s, %s, 1, 1, %s)",
            bid, ask, str(number), moves,
        )  # fmt: skip
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        if compressed and edition.kind_of(conn) != "community":
            pytest.skip("needs the columnstore")
        if compressed:
            conn.execute("select compress_chunk(c) from show_chunks('market.quotes') as c")
    assert rules("apply").out.startswith("0 trades, 0 quotes ")
    sql("update market.sources set wide_quote_ratio = 2 where source = 'sim'")
    assert rules("apply", "--source", "oanda").out.startswith("0 trades, 0 quotes ")
    assert rules("apply").out.startswith("0 trades, 1 quotes ")
    stored = sql("select moves from market.quotes order by ts")
    assert stored == [(moves,) for *_, moves in QUOTES]
    assert sql(
        "select count(mid_open), sum(quote_count) from market.quote_candles_1m"
        " where symbol = 'EURUSD'"
    ) == [(5, 9)]


def test_apply_makes_the_masks_of_quotes_that_wait(rules, sql) -> None:
    when = f"{DAY} 14:00+00"
    sql(
        'insert into ops.late_events (topic, partition, "offset", kind, ts, symbol, source, bid,'
        " ask, seq, batch, rules, moves) values ('t', 0, 0, 'quote', %s, 'A', 'sim', 1, 3, 1, 1,"
        " 1, 7)", when,
    )  # fmt: skip
    sql(
        'insert into ops.amendments (topic, partition, "offset", batch, action, kind, symbol,'
        " source, tick_id, ts, new_bid, new_ask, new_moves) values"
        " ('t', 0, 1, 1, 'correct', 'quote', 'A', 'sim', 'x', %s, 1, 3, 7)", when,
    )  # fmt: skip
    sql(
        "insert into ops.replacements (batch_name, kind, ts, symbol, source, bid, ask, tick_id,"
        " seq, batch, rules, moves) values ('b', 'quote', %s, 'A', 'sim', 1, 3, 'x', 1, 1, 1, 7)",
        when,
    )
    sql("update market.sources set wide_quote_ratio = 2 where source = 'sim'")
    assert rules("apply").out.startswith("0 trades, 0 quotes and 3 waiting events ")
    for table, column in (
        ("late_events", "moves"), ("amendments", "new_moves"), ("replacements", "moves")
    ):  # fmt: skip
        assert sql(f"select {column} from ops.{table}") == [(0,)], table


def test_an_empty_range_is_refused(rules, template) -> None:
    ended = rules("apply", "--since", "2026-02-28", "--until", "2026-02-27")
    check_error(ended, "is not before until")


@pytest.mark.parametrize("hours", ["Mars/X 09:30-16:00", "nonsense"])
def test_hours_that_cannot_be_read_are_one_line_that_names_their_rule_set(
    run: Run, environ: dict[str, str], sql, hours: str
) -> None:
    sql("alter table market.rule_sets drop constraint rule_sets_regular_hours")
    sql("alter table market.rule_sets disable trigger rule_sets_have_a_zone")
    sql("insert into market.rule_sets values ('mine', 'list', %s, 'of no source')", hours)
    for words in (("load", "--until-end"), ("rules", "apply"), ("rejects", "replay")):
        check_error(run(environ, *words), f"the rule set mine has the regular_hours '{hours}'")


def test_days_that_only_the_archive_has_are_refused(rules, feed, sql) -> None:
    sql(
        "update ops.retention_floors set archived = '{[2020-01-02Z, 2020-01-05Z)}'"
        " where relation = 'trades'"
    )
    said = (
        "trades of 2020-01-02 to before 2020-01-05 are in the archive alone: stockpulse restore DAY"
        " brings a day back; for what is here: --since 2020-01-05"
    )
    check_error(rules("apply"), said)
    check_error(rules("apply", "--since", "2020-01-04"), "trades of 2020-01-04 to before")
    assert rules("apply", "--since", "2020-01-05").code == 0
    assert rules("apply", "--until", "2020-01-02").code == 0
