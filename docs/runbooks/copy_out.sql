-- Run with psql in the database to leave, in an empty directory; see move-to-community.md. Writes
-- what was loaded and set, and candles whose events are gone, to files: all of one moment.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
begin isolation level repeatable read;

create temporary table copied on commit drop as
select
    format('%I.%I', nspname, relname) as relation,
    relname in ('trades', 'quotes') as is_events,
    (
        select string_agg(quote_ident(attname), ', ' order by attname)
        from pg_attribute
        where attrelid = class.oid and attnum > 0 and not attisdropped
    ) as columns
from pg_class as class
inner join pg_namespace on class.relnamespace = pg_namespace.oid
where nspname in ('market', 'ops', 'iceberg')
    and relkind = 'r'
    -- Each edition makes these of the events for itself.
    and relname not in ('candle_changes', 'candle_watermarks', 'refreshed')
    and relname not in (select relation from ops.lifecycle where child is not null);

\o out.sql
select format('\copy (select %s from %s) to program ''gzip -1 > %2$s.gz''', columns, relation)
from copied;

\o settings.sql
select format('delete from %s;', relation) from copied where not is_events;
select format('\copy %s (%s) from program ''gzip -dc %1$s.gz''', relation, columns)
from copied where not is_events;
select format('select setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value)
from pg_sequences where schemaname in ('market', 'ops') and last_value is not null;

\o events.sql
select format('\copy %s (%s) from program ''gzip -dc %1$s.gz''', relation, columns)
from copied where is_events;

\o candles.sql
select format(
    '\copy (select %s from %s where bucket < %L) to program ''gzip -1 > %s.gz''',
    (
        select string_agg(quote_ident(attname), ', ' order by attname)
        from pg_attribute
        where attrelid = ops.store_of(relation) and attnum > 0 and not attisdropped
    ),
    ops.store_of(relation),
    ops.first_bucket(relation),
    relation
)
from ops.lifecycle
where child is not null and not live and isfinite(ops.first_bucket(relation));

\o
\i out.sql
\i candles.sql
commit;
