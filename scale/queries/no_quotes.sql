-- sqlfluff:dialect:sparksql
-- market.quotes without rows
create or replace temporary view quotes as
select
    cast(null as timestamp) as ts,
    cast(null as string) as symbol,
    cast(null as string) as source,
    cast(null as decimal(38, 18)) as bid,
    cast(null as decimal(38, 18)) as ask,
    cast(null as decimal(38, 18)) as bid_size,
    cast(null as decimal(38, 18)) as ask_size,
    cast(null as string) as tick_id,
    cast(null as bigint) as seq,
    cast(null as int) as ns,
    cast(null as int) as moves
where false
