-- Not the caller's tables: the functions that read them act as the owner, and a table of somebody
-- else's may have triggers or be a view.
create or replace function ops.make_staging() returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('pg_temp.staging_trades') is null then
        create temporary table staging_trades (
            like market.trades including defaults, message integer
        ) on commit delete rows;
        create temporary table staging_quotes (
            like market.quotes including defaults, message integer
        ) on commit delete rows;
        grant insert, delete on staging_trades, staging_quotes to stockpulse_loader;
    end if;
    delete from staging_trades;
    delete from staging_quotes;
end $$;

comment on function ops.make_staging is
'Makes or empties staging_trades and staging_quotes: the columns of the relation, and the message.';

revoke execute on function ops.make_staging from public;
grant execute on function ops.make_staging to stockpulse_loader;
