-- sqlfluff:dialect:sparksql
-- The ids of events that were corrected under another id
select
    symbol,
    source,
    tick_id,
    amended_ids,
    offset
from identified_trades
where action <> 'add' and size(amended_ids) > 0
