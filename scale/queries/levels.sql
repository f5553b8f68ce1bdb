-- sqlfluff:dialect:sparksql
select
    level,
    cast(digits as bigint) as micros
from (select inline(arrays_zip(:levels, :micros)) as (level, digits)) as pairs
