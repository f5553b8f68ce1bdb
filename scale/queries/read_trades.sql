-- sqlfluff:dialect:sparksql
-- A sum of sequences does not fit in a bigint.
select
    count(*) as trades,
    sum(cast(seq as decimal(38, 0))) as sequences
from trades
