-- The broker, and the names of all instruments; the keys in the order of the legacy service.
select row_to_json(answer)::text
from (
    select
        %(kafka_broker)s::text as kafka_broker,
        coalesce(array_agg(symbol order by symbol), '{}') as monitored_symbols
    from market.instruments
) as answer
