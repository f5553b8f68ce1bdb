create or replace function ops.metrics_of_gaps()
returns table (source text, gaps bigint)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        feed.source,
        count(gap.source)
    from market.feeds() as feed
    left join ops.recent_gaps(now() - interval '1 day', 500) as gap using (source)
    where feed.newest_marker_at > now() - interval '1 day'
    group by feed.source
$$;

comment on function ops.metrics_of_gaps is
'How many gaps of the last day each feed has, among 500 series that may have some.';

revoke execute on function ops.metrics_of_gaps from public;
grant execute on function ops.metrics_of_gaps to stockpulse_loader;
