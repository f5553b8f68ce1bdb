create or replace function market.changes_after(
    after bigint, most integer, out number bigint, out mark bigint
) returns setof record
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select next.number, next.mark
    from (
        select changes.number, changes.mark
        from ops.changes as changes
        where changes.number > $1
        order by changes.number
        limit $2
    ) as next
    order by next.number desc
    limit 1
$$;

comment on function market.changes_after is
'The last of the first `most` changes after a number, with its mark; no row if there are none.';

revoke execute on function market.changes_after from public;
grant execute on function market.changes_after to stockpulse_reader;
