-- Alembic's usual table, which may also be another application's: what is StockPulse's has
-- ops.api_keys.
select 'public.stockpulse_version is missing; the revision may stand in alembic_version'
where
    to_regclass('public.stockpulse_version') is null
    and to_regclass('public.alembic_version') is not null
    and exists (
        select
        from pg_catalog.pg_class
        where relname = 'api_keys' and relnamespace = to_regnamespace('ops')
    )
