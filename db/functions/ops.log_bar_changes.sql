-- A publisher that is away finds them later; what is too old for it is not logged.
create or replace function ops.log_bar_changes(
    sinces timestamptz [], untils timestamptz []
) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.bar_changes (since, until)
    select lower(span), upper(span)
    from (
        select
            range_agg(tstzrange(
                date_bin('1 minute', change.since, '2000-01-01 00:00+00'),
                date_bin(
                    '1 minute',
                    change.until + interval '1 minute' - interval '1 microsecond',
                    '2000-01-01 00:00+00'
                )
            )) * tstzmultirange(tstzrange(min(publication.floor_ts), null)) as spans
        from unnest(sinces, untils) as change (since, until)
        cross join ops.bar_publication as publication
    ) as changed, unnest(changed.spans) as span
$$;

comment on function ops.log_bar_changes is
'Logs that trades of these ranges changed, if bars are published.';

revoke execute on function ops.log_bar_changes from public;
grant execute on function ops.log_bar_changes to stockpulse_loader;
