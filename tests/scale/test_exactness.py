"""Numbers in Spark's SQL: exact, or an error that names the event; and the order of events."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from db import sql
from db.candles.levels import Level
from scale import candles
from scale.session import JobFailed, translated
from tests.scale.conftest import WITH_SESSION

pytestmark = [pytest.mark.scale, *WITH_SESSION]

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
LEVELS = [
    Level("candles_1m", "1m", timedelta(minutes=1), True, "trades"),
    Level("candles_1d", "1d", timedelta(days=1), False, "trades"),
]
NUMBER = pa.decimal128(38, 18)
KEY = {"ts": pa.timestamp("us", "UTC"), "symbol": pa.string(), "source": pa.string()}
PLACE = {"tick_id": pa.string(), "seq": pa.int64(), "ns": pa.int32(), "moves": pa.int32()}
TRADE = pa.schema(KEY | {"price": NUMBER, "size": NUMBER} | PLACE)
SIDES = ("bid", "ask", "bid_size", "ask_size")
QUOTE = pa.schema(KEY | dict.fromkeys(SIDES, NUMBER) | PLACE)


def as_view(spark: Any, name: str, rows: list[tuple[Any, ...]], schema: Any) -> None:
    """Makes rows a view of Spark; by Arrow, which needs no Python on workers."""
    table = pa.Table.from_pylist(
        [dict(zip(schema.names, row, strict=True)) for row in rows], schema
    )
    spark.createDataFrame(table).createOrReplaceTempView(name)


def made(
    spark: Any, trades: list[tuple[Any, ...]], quotes: list[tuple[Any, ...]] | None = None
) -> Any:
    """Returns the candle of a minute that Spark makes of events."""
    as_view(spark, "trades", trades, TRADE)
    as_view(spark, "quotes", quotes or [], QUOTE)
    with translated():
        candles.prepare(spark, LEVELS)
        view = "candles" if quotes is None else "quote_candles"
        return spark.table(view).where("level = '1m'").collect()[0]


def trade(
    price: str, size: str | None = "1", *, tick_id: str | None = "a", seq: int = 0, ns: int = 0
) -> tuple[Any, ...]:
    return (AT, "X", "sim", Decimal(price), size and Decimal(size), tick_id, seq, ns, 221)


@pytest.mark.parametrize(
    ("price", "size"),
    [
        ("1234.123456789", "98765.987654321"),
        ("0.000000000000000001", "12345678"),
        ("98765432.1", "0.12345678901234567"),
        ("-0.5", "3.25"),
        ("70000", "0.000000000000000003"),
    ],
)
def test_products_keep_all_digits(spark, price, size):
    candle = made(spark, [trade(price, size)])
    assert candle.notional == Decimal(price) * Decimal(size)
    assert candle.vwap == Decimal(price)


def test_a_product_with_more_digits_than_fit_names_the_trade(spark):
    with pytest.raises(JobFailed, match=r"more than 18 decimals: X sim .* price 0\.0000000010"):
        made(spark, [trade("0.000000001", "0.0000000001")])


def test_sums_that_do_not_fit_are_an_error(spark):
    with pytest.raises(JobFailed, match="cannot be represented as Decimal"):
        made(spark, [trade("99999999999999999999", "1"), trade("99999999999999999999", "1")])


def test_a_middle_with_more_digits_than_fit_names_the_quote(spark):
    bid, ask = Decimal("1.000000000000000001"), Decimal("1.000000000000000002")
    with pytest.raises(JobFailed, match=r"more than 18 decimals: X sim .* bid 1\.0{17}1"):
        made(spark, [], [(AT, "X", "sim", bid, ask, None, None, "a", 0, 0, 7)])


def test_quotients_are_rounded_once_to_18_decimals(spark):
    sizes = [trade("1", "1", tick_id="a"), trade("2", "2", tick_id="b")]
    assert made(spark, sizes).vwap == Decimal("1.666666666666666667")


def test_the_order_is_time_sequence_and_id_by_bytes_with_no_id_last(spark):
    """UTF-8 puts U+FF5E before U+1F600, UTF-16 does not; an upper case letter is before a lower."""
    tied = ["Z", "a", "\uff5e", "\U0001f600", None]
    events = [trade(str(place), tick_id=one) for place, one in enumerate(tied, 1)]
    candle = made(spark, list(reversed(events)))
    assert (candle.open, candle.close) == (1, 5)
    without = made(spark, list(reversed(events[:-1])))
    assert (without.open, without.close) == (1, 4)
    late = trade("9", tick_id="A", ns=1)
    assert made(spark, [late, *events, trade("8", tick_id="A", seq=2**63 - 1)]).close == 9


def test_sequences_are_summed_beyond_a_bigint(spark):
    made(spark, [trade("1", seq=2**63 - 1), trade("2", seq=2**63 - 1, tick_id="b")])
    assert spark.sql(sql.load("scale", "read_trades")).collect()[0].sequences == 2 * (2**63 - 1)


def test_no_job_reads_the_database_itself():
    """Over JDBC Spark reads 1e-20 as 0 without an error."""
    for path in (ROOT / "scale").rglob("*"):
        if path.suffix in (".py", ".sql"):
            assert not re.search(r"\.jdbc\(|[\"']jdbc[\"']\)", path.read_text()), path


def test_over_jdbc_a_small_number_is_read_as_0(spark, fresh_database):
    """The reason of the rule above."""
    with psycopg.connect(fresh_database) as conn:
        info = conn.info
        url = f"jdbc:postgresql://{info.host}:{info.port}/{info.dbname}"
        given = {"user": info.user, "password": info.password, "driver": "org.postgresql.Driver"}
    query = "(select 0.00000000000000000001::numeric as price) as one"
    assert spark.read.jdbc(url, query, properties=given).collect()[0].price == 0
