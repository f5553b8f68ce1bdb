-- {"symbols": [...]}: the names of all instruments.
select row_to_json(answer)::text
from (
    select coalesce(array_agg(symbol order by symbol), '{}') as symbols from market.instruments
) as answer
