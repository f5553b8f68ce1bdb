-- A venue's time may be finer in history than it was live: ids are looked for a second around.
create or replace function ops.gaps_of(
    symbol text, source text, event_kind text, since timestamptz, until timestamptz
) returns table (
    since timestamptz, until timestamptz, first_id text, last_id text, reason text,
    is_stored boolean
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select
        gap.since,
        gap.until,
        gap.first_id,
        gap.last_id,
        gap.reason,
        case
            when gap.event_kind <> 'trade'
                or not exists (
                    select from market.sources
                    where sources.source = gap.source and sources.id_scope = 'series'
                )
                or exists (
                    select from ops.feed_fills as fill
                    where fill.symbol = gap.symbol and fill.source = gap.source
                        and fill.event_kind = gap.event_kind
                        and fill.since <= gap.since and fill.until >= gap.until
                )
                then false
            when gap.first_id ~ '^[0-9]{1,18}$' and gap.last_id ~ '^[0-9]{1,18}$'
                then ops.has_ids(
                    gap.symbol, gap.source, gap.first_id::bigint, gap.last_id::bigint,
                    gap.since - interval '1 second', gap.until + interval '1 second'
                )
            else false
        end
    from ops.feed_gaps as gap
    where gap.symbol = $1 and gap.source = $2 and gap.event_kind = $3
        and gap.since < $5 and gap.until > $4
$$;

comment on function ops.gaps_of is
'The recorded gaps of a series in a range; is_stored: all events that were missing are there, as
their ids say.';
