"""The statements of duckdb: the events of one series in the order of market.trade_page().

Rows come as JSON, which PostgreSQL reads into the same types as its own. `scales` holds how many
decimals each number had; the archive has 18 of all.
"""

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

EVENTS: LiteralString = """
with found as (
    select symbol, ts, ns, seq, tick_id, {columns}, {scales} as scales
    from read_parquet($files)
    where {symbol} and source = $source and ts >= $low and ts < $high
        and (ts > $start or ns >= $start_ns) and (ts < $end or ns < $end_ns) {position}
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


def events(
    kind: str, *, descending: bool, has_position: bool, many_symbols: bool, has_scales: bool
) -> LiteralString:
    """Returns the statement for events of a kind; it takes the values of `Stretch`."""
    measures, numbers = MEASURES[kind], NUMBERS[kind]
    shown: list[LiteralString] = [
        f"'{name}': {number(name, numbers.index(name) + 1) if name in numbers else name}"
        for name in measures
    ]
    return EVENTS.format(
        columns=", ".join((*measures, *REST)),
        scales="string_split(scales, ',')" if has_scales else "null::varchar[]",
        symbol="symbol = any($symbol)" if many_symbols else "symbol = $symbol",
        position=position(descending=descending) if has_position else "",
        ties=TIES if has_position else "0",
        order=order(kind, descending=descending),
        row=ROW.format(measures=", ".join(shown)),
    )


def number(name: LiteralString, place: int) -> LiteralString:
    """Returns the expression of a number with as many decimals as it had, else as few as it needs.

    Casts print all 18 decimals; what is cut off are zeros.
    """
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
