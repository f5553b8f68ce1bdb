-- What both editions say of a candle relation, whichever way it is made.
create or replace function ops.describe_candles(relation regclass, width interval) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    note record;
begin
    execute format(
        'comment on view %s is %L', relation,
        'Candles of ' || width || ' from UTC midnight; a row for each series and bucket with ticks.'
    );
    for note in
        select * from (values
            ('bucket', 'Start of the candle, inclusive.'),
            ('symbol', 'Instrument, as in market.instruments.'),
            ('source', 'Who reported the ticks.'),
            ('open', 'Price of the first tick.'),
            ('high', 'Highest price.'),
            ('low', 'Lowest price.'),
            ('close', 'Price of the last tick.'),
            ('volume', 'Sum of the sizes; null where no tick has one.'),
            ('notional', 'Sum of price times size.'),
            ('vwap', 'Volume-weighted average price: notional / volume.'),
            ('tick_count', 'Number of ticks.')
        ) as notes (name, text)
    loop
        execute format('comment on column %s.%I is %L', relation, note.name, note.text);
    end loop;
    execute format('grant select on %s to stockpulse_reader', relation);
end $$;

comment on function ops.describe_candles is
'Comments and grants of a candle relation, the same on both editions.';
