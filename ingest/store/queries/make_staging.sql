-- The columns of market.ticks, without its constraints; the loader may not read the table itself.
create temporary table if not exists staging
on commit delete rows
as select ticks.* from json_populate_recordset(null::market.ticks, '[]') as ticks
with no data
