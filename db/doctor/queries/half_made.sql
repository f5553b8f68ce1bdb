-- Some relations of each revision, without which nothing works.
select
    format(
        'the schema is at %s, but %s missing',
        max(version_num),
        string_agg(made.relation, ', ' order by made.relation)
        || case when count(*) = 1 then ' is' else ' are' end
    )
from public.stockpulse_version
inner join (
    values
    ('0002', 'market.trades'),
    ('0002', 'market.quotes'),
    ('0002', 'market.instruments'),
    ('0002', 'market.sources'),
    ('0003', 'ops.kafka_offsets'),
    ('0003', 'ops.load_batches'),
    ('0003', 'ops.rejects'),
    ('0004', 'ops.lifecycle'),
    ('0004', 'ops.retention_floors'),
    ('0005', 'market.candles_1m'),
    ('0005', 'market.candles_1d'),
    ('0005', 'market.quote_candles_1m'),
    ('0005', 'market.quote_candles_1d'),
    ('0007', 'ops.verifications'),
    ('0009', 'market.sessions')
) as made (revision, relation)
    on made.revision <= version_num
where to_regclass(made.relation) is null
having count(*) > 0
