-- The log has the range of a batch, which reaches over seconds that none of a symbol's events is
-- in. Times are literals, so that other chunks are not even opened.
create or replace function market.touched_seconds(
    after bigint, until bigint, kind text, symbols text []
)
returns table (
    number bigint, symbol text, source text, start_at timestamptz, removed boolean
)
language plpgsql stable
security definer
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
    range record;
begin
    if $3 not in ('trade', 'quote') then
        raise exception 'kind must be trade or quote'
            using errcode = 'invalid_parameter_value';
    end if;
    for range in
        select changes.number, changed.symbols, changed.since, changed.until, changed.batch
        from ops.changes as changes
        inner join ops.changed_ranges as changed on changes.change = changed.change
        where changes.number > $1 and changes.number <= $2 and changed.kind = $3
            and (changed.symbols is null or changed.symbols && $4)
        order by changes.number
    loop
        return query execute format(
            $sql$
            select distinct
                $1, event.symbol, event.source,
                date_bin('1 second', event.ts, '2000-01-01 00:00+00'), $2 is null
            from market.%I as event
            where event.symbol = any($3) and event.ts >= %L and event.ts < %L
                and ($2 is null or event.batch = $2)
            $sql$,
            $3 || 's', range.since, range.until
        ) using range.number, range.batch, $4;
    end loop;
    return query
    select distinct
        changes.number,
        event.symbol,
        event.source,
        date_bin('1 second', moment.at, '2000-01-01 00:00+00'),
        moment.removed
    from ops.changes as changes
    inner join ops.changed_events as event on changes.change = event.change
    cross join lateral (
        values (event.ts, event.action = 'cancelled'), (event.old_ts, true)
    ) as moment (at, removed)
    where changes.number > $1 and changes.number <= $2
        and event.kind = $3 and event.symbol = any($4)
        and moment.at is not null;
end $$;

comment on function market.touched_seconds is
'The seconds of which the changes after < number <= until touched trades or quotes of symbols, as
stored; removed: some may be gone or count no more.';

revoke execute on function market.touched_seconds from public;
grant execute on function market.touched_seconds to stockpulse_reader;
