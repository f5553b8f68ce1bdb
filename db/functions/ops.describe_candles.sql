-- Both editions give a candle relation the same comments and grants, whichever way it is made.
create or replace function ops.describe_candles(relation text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    target ops.lifecycle;
    note record;
begin
    select * into target from ops.lifecycle where lifecycle.relation = $1;
    execute format(
        'comment on view market.%I is %L', relation,
        case target.kind when 'trades' then 'Candles' else 'Bid, ask and mid candles' end
        || format(
            ' of %s from UTC midnight; one row per series and bucket with %s.',
            target.width, target.kind
        )
    );
    for note in
        select * from (values
            (null, 'bucket', 'Start of the candle, inclusive.'),
            (null, 'symbol', 'Symbol as the venue sent it.'),
            (null, 'source', 'Reporter of the events, as in market.sources.'),
            ('trades', 'open', 'Price of the first trade that moves it; null: none does.'),
            ('trades', 'high', 'Highest price of the trades that move it.'),
            ('trades', 'low', 'Lowest price of the trades that move it.'),
            ('trades', 'close', 'Price of the last trade that moves it.'),
            ('trades', 'volume', 'Sum of the sizes of trades that move it; null: no sizes.'),
            ('trades', 'vwap_volume', 'Sum of the sizes in notional.'),
            ('trades', 'notional', 'Sum of price * size of trades that move high, low and volume.'),
            ('trades', 'vwap', 'Volume-weighted average price: notional / vwap_volume.'),
            ('trades', 'tick_count', 'Number of trades that move volume.'),
            ('trades', 'has_regular', 'Whether a trade moves open and close wherever it stands.'),
            ('quotes', 'bid_open', 'First bid; bid columns: of quotes that move the bid.'),
            ('quotes', 'bid_high', 'Highest bid.'),
            ('quotes', 'bid_low', 'Lowest bid.'),
            ('quotes', 'bid_close', 'Last bid.'),
            ('quotes', 'ask_open', 'First ask; ask columns: of quotes that move the ask.'),
            ('quotes', 'ask_high', 'Highest ask.'),
            ('quotes', 'ask_low', 'Lowest ask.'),
            ('quotes', 'ask_close', 'Last ask.'),
            ('quotes', 'mid_open', 'First mid, (bid + ask) / 2, of quotes with both sides.'),
            ('quotes', 'mid_high', 'Highest mid.'),
            ('quotes', 'mid_low', 'Lowest mid.'),
            ('quotes', 'mid_close', 'Last mid.'),
            ('quotes', 'bid_volume', 'Sum of the bid sizes.'),
            ('quotes', 'ask_volume', 'Sum of the ask sizes.'),
            ('quotes', 'spread_sum', 'Sum of ask - bid of the quotes that move the mid.'),
            ('quotes', 'spread_count', 'Number of quotes that move the mid.'),
            ('quotes', 'mean_spread', 'spread_sum / spread_count.'),
            ('quotes', 'quote_count', 'Number of quotes that move anything.')
        ) as notes (kind, name, text)
        where coalesce(notes.kind, target.kind) = target.kind
    loop
        execute format('comment on column market.%I.%I is %L', relation, note.name, note.text);
    end loop;
    execute format('grant select on market.%I to stockpulse_reader', relation);
end $$;

comment on function ops.describe_candles is
'Comments and grants of a candle relation, the same on both editions.';
