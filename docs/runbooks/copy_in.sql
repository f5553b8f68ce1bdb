-- Run with psql in a new database that `stockpulse migrate` has made, in the directory that
-- copy_out.sql has filled; see move-to-community.md.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on

\o /dev/null
begin;
set local session_replication_role = replica; -- nothing of this is logged as a change
\i settings.sql
commit;
begin;
set local role stockpulse_owner;
call ops.apply_lifecycle();
commit;
-- At this level TimescaleDB logs the range of every write: no scheduled refresh can miss one.
set default_transaction_isolation = 'repeatable read';
\i events.sql
reset default_transaction_isolation;
select to_regclass('ops.candle_changes') is not null as has_log \gset
\if :has_log
insert into ops.candle_changes (kind, since, until)
select hypertable_name, min(range_start), max(range_end)
from timescaledb_information.chunks
where hypertable_schema = 'market' and hypertable_name in ('trades', 'quotes')
group by hypertable_name;
\endif

-- The floors are set by now: no refresh goes below them, where it would find no events.
\o candles.sql
select format(
    '\copy %s (%s) from program ''gzip -dc %s.gz''',
    ops.hypertable_of(relation),
    (
        select string_agg(quote_ident(attname), ', ' order by attname)
        from pg_attribute
        where attrelid = ops.store_of(relation) and attnum > 0 and not attisdropped
    ),
    relation
)
from ops.lifecycle
where child is not null and not live and isfinite(ops.first_bucket(relation));
\o
\i candles.sql
