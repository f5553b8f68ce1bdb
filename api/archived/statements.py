"""The statements of duckdb: events of one series in the order of market.trade_page(), its candles.

Rows come as JSON, which PostgreSQL reads into the same types as its own. `scales` holds how many
decimals each number had; the archive has 18 of all.
"""

from collections.abc import Mapping
from typing import LiteralString

MEASURES: dict[str, tuple[LiteralString, ...]] = {
    "trades": ("price", "size", "side"),
    "quotes": ("bid", "ask", "bid_size", "ask_size"),
}
NUMBERS: dict[str, tuple[LiteralString, ...]] = {
    "trades": ("price", "size"),
    "quotes": ("bid", "ask", "bid_size", "ask_size"),
}
REST: tuple[LiteralString, ...] = ("exchange", "tape", "conditions", "received_at")

WANTED: LiteralString = """
    from read_parquet($files)
    where {symbol} and source = $source and ts >= $low and ts < $high
        and (ts > $start or ns >= $start_ns) and (ts < $end or ns < $end_ns) {position}
"""
EDGE: LiteralString = """
select {last}(ts) from (select ts {wanted} order by ts {direction} limit $most)
"""
EVENTS: LiteralString = """
with found as (
    select symbol, ts, ns, seq, tick_id, {columns}, {scales} as scales
    {wanted}
    order by {order}
    limit $most
),
numbered as (
    select
        *,
        row_number() over (order by {order}) as number,
        {ties} as given
    from found
)
select
    coalesce(to_json(list({row} order by number)), '[]')::varchar,
    count(*)
from numbered
where number > given and number <= given + $missing
"""
POSITION: LiteralString = """
    and (
        ts {beyond} $after_ts
        or ts = $after_ts and (
            ns {beyond} $after_ns
            or ns = $after_ns and (
                seq {beyond} $after_seq
                or seq = $after_seq and (
                    tick_id {beyond} $after_tick_id
                    or {without_id}
                    or tick_id is not distinct from $after_tick_id
                )
            )
        )
    )
"""
TIES: LiteralString = """
        least($ties, (
            select count(*) from found
            where ts = $after_ts and ns = $after_ns and seq = $after_seq
                and tick_id is not distinct from $after_tick_id
        ))
"""
ROW: LiteralString = """
    {{
        'symbol': $asked, 'source': $source, 'ts': ts::varchar, 'ns': ns, 'seq': seq,
        'tick_id': tick_id, {measures}, 'exchange': exchange, 'tape': tape,
        'conditions': conditions, 'received_at': received_at::varchar
    }}
"""


# A candle of trades, and of quotes at a price; the third is whether it is a number.
TRADE_CANDLE: tuple[tuple[LiteralString, LiteralString, bool], ...] = (
    ("has_regular", "has_regular", False),
    ("open", "open", True),
    ("high", "high", True),
    ("low", "low", True),
    ("close", "close", True),
    ("volume", "volume", True),
    ("vwap_volume", "vwap_volume", True),
    ("notional", "notional", True),
    ("tick_count", "tick_count", False),
)
QUOTE_CANDLE: tuple[tuple[LiteralString, LiteralString, bool], ...] = (
    ("has_regular", "{price}_open is not null", False),
    ("open", "{price}_open", True),
    ("high", "{price}_high", True),
    ("low", "{price}_low", True),
    ("close", "{price}_close", True),
    ("volume", "{price}_volume", True),
    ("tick_count", "quote_count", False),
    ("spread_sum", "spread_sum", True),
    ("spread_count", "spread_count", False),
)
CANDLES: LiteralString = """
with found as (
    select {columns}
    from read_parquet($files)
    where symbol = $symbol and source = $source and bucket >= $low and bucket < $high {has_price}
    order by bucket {direction}
    {limit}
)
select
    coalesce(to_json(list({{'symbol': $symbol, 'source': $source, {row}}})), '[]')::varchar,
    count(distinct epoch_us(bucket) // $width) filter (where {is_bar})
from found
"""


def candles(
    price: str, places: Mapping[str, int], *, descending: bool, is_level: bool
) -> LiteralString:
    """Returns the statement for the candles of a series, with the number of bars that they make.

    If they are of the level itself, it takes `missing`, the most of them; else it returns all.
    """
    known = TRADE_CANDLE if price == "trade" else QUOTE_CANDLE
    if price == "mid":
        known = tuple(one for one in known if one[0] != "volume")
    shown = [(name, value.replace("{price}", price), is_it) for name, value, is_it in known]
    opened = next(value for name, value, _ in shown if name == "open")
    row = ", ".join(
        f"'{name}': {number(value, places.get(value, 0)) if is_number else value}"
        for name, value, is_number in shown
    )
    return CANDLES.format(
        columns="*" if not places else "* replace (string_split(scales, ',') as scales)",
        has_price=f"and {opened} is not null" if is_level else "",
        direction="desc" if descending else "asc",
        limit="limit $missing" if is_level else "",
        row=f"'bucket': bucket::varchar, {row}",
        is_bar=f"{opened} is not null",
    )


def events(
    kind: str,
    places: Mapping[str, int],
    *,
    descending: bool,
    has_position: bool,
    many_symbols: bool,
) -> LiteralString:
    """Returns the statement for events of a kind; `places` are those of numbers in `scales`."""
    measures, numbers = MEASURES[kind], NUMBERS[kind]
    shown: list[LiteralString] = [
        f"'{name}': {number(name, places.get(name, 0)) if name in numbers else name}"
        for name in measures
    ]
    return EVENTS.format(
        columns=", ".join((*measures, *REST)),
        scales="string_split(scales, ',')" if places else "null::varchar[]",
        wanted=_wanted(descending=descending, has_position=has_position, many_symbols=many_symbols),
        ties=TIES if has_position else "0",
        order=order(kind, descending=descending),
        row=ROW.format(measures=", ".join(shown)),
    )


def edge(*, descending: bool, has_position: bool, many_symbols: bool) -> LiteralString:
    """Returns the statement for the time of the last of the events, which is found in less time."""
    return EDGE.format(
        last="min" if descending else "max",
        direction="desc" if descending else "asc",
        wanted=_wanted(descending=descending, has_position=has_position, many_symbols=many_symbols),
    )


def _wanted(*, descending: bool, has_position: bool, many_symbols: bool) -> LiteralString:
    return WANTED.format(
        symbol="symbol = any($symbol)" if many_symbols else "symbol = $symbol",
        position=position(descending=descending) if has_position else "",
    )


def number(name: LiteralString, place: int) -> LiteralString:
    """Returns the expression of a number with as many decimals as it had, else as few as it needs.

    Casts print all 18 decimals; what is cut off are zeros. At place 0 it is not known how many.
    """
    if place == 0:
        return f"rtrim(rtrim({name}::varchar, '0'), '.')"
    places: LiteralString = f"try_cast(scales[{place}] as integer)"
    text: LiteralString = f"{name}::varchar"
    return (
        f"coalesce(left({text}, length({text}) - 18 + {places} - ({places} = 0)::integer),"
        f" rtrim(rtrim({text}, '0'), '.'))"
    )


def order(kind: str, *, descending: bool) -> LiteralString:
    """Returns the order of events: PostgreSQL's, in which null is the largest but for ids."""
    direction: LiteralString = "desc" if descending else "asc"
    nulls: LiteralString = "first" if descending else "last"
    nulls_of_ids: LiteralString = "last" if descending else "first"
    keys: list[LiteralString] = [
        f"{name} {direction} nulls {nulls_of_ids if name == 'tick_id' else nulls}"
        for name in ("ts", "ns", "seq", "tick_id", *MEASURES[kind], *REST, "symbol")
    ]
    return ", ".join(keys)


def position(*, descending: bool) -> LiteralString:
    """Returns the condition that an event is at the position or beyond it."""
    return POSITION.format(
        beyond="<" if descending else ">",
        without_id=(
            "tick_id is null and $after_tick_id is not null"
            if descending
            else "tick_id is not null and $after_tick_id is null"
        ),
    )
