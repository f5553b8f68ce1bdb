-- Quotes that the next commits touched, in each form of times and decimals. Every row tells first
-- whether the log knows the place, and the last of these commits with its mark; null: none is newer.
-- `limit` cuts within a commit: the next reading then begins after the place of the last row.
select
    asked.is_known,
    asked.number as next_number,
    asked.mark as next_mark,
    event.*
from (
    select
        %(after)s::bigint = 0
        or market.has_change(%(after)s::bigint, %(mark)s::bigint) as is_known,
        case -- without a change, least() would be the other one
            when change.number is not null then least(change.number, %(until)s::bigint)
        end as number,
        change.mark
    from (values (true)) as one
    left join market.changes_after(%(after)s::bigint, %(steps)s::integer) as change on true
) as asked
left join lateral (
    select
        found.number,
        found.action,
        found.symbol,
        found.source,
        found.ts,
        found.ns,
        found.seq,
        found.tick_id,
        found.old_ts,
        coalesce((found.old ->> 'ns')::integer, 0) as old_ns,
        coalesce((found.old ->> 'seq')::bigint, 0) as old_seq,
        found.old_tick_id,
        array(
            select
                market.quote_json(
                    found.ts, found.ns, found.bid, found.bid_size, found.ask, found.ask_size,
                    found.exchange, found.conditions, found.tick_id, found.tape, style, null,
                    as_strings
                )
            from unnest(%(styles)s::text [], %(strings)s::boolean []) with ordinality
                as form (style, as_strings, place)
            order by place
        ) as bodies,
        array(
            select
                '{"t":'
                || market.time_json(
                    found.old_ts, coalesce((found.old ->> 'ns')::integer, 0), style
                )
                || ',"i":' || coalesce(to_json(found.old_tick_id)::text, 'null') || '}'
            from unnest(%(styles)s::text [], %(strings)s::boolean []) with ordinality
                as form (style, as_strings, place)
            where found.old_ts is not null
            order by place
        ) as origins
    from market.changed_events(
        %(after)s::bigint, asked.number, 'quote', %(symbols)s::text []
    ) as found
    where
        %(part_number)s::bigint is null
        or (
            found.number, found.ts, found.action <> 'cancelled', coalesce(found.ns, 0),
            coalesce(found.seq, 0),
            found.tick_id is not null, coalesce(found.tick_id, ''), found.action = 'corrected',
            found.symbol, found.source
        ) > (
            %(part_number)s::bigint, %(part_ts)s::timestamptz, %(part_lives)s::boolean,
            %(part_ns)s::integer, %(part_seq)s::bigint, %(part_has_id)s::boolean,
            %(part_tick_id)s::text, %(part_is_corrected)s::boolean, %(part_symbol)s::text,
            %(part_source)s::text
        )
    limit %(limit)s::integer
) as event on true
