set local role stockpulse_owner;

create table ops.verifications (
    id bigint generated always as identity,
    kind text not null,
    since timestamptz,
    until timestamptz,
    candles bigint not null,
    mismatches bigint not null,
    pending bigint not null,
    example text,
    seconds double precision not null,
    verified_at timestamptz not null default clock_timestamp(),
    constraint verifications_pkey primary key (id),
    constraint verifications_kind check (kind in ('range', 'sample'))
);

comment on table ops.verifications is
'One row a comparison of stored candles with their ticks; a mismatch is a fault.';
comment on column ops.verifications.kind is
'range: every candle of it; sample: some chosen at random.';
comment on column ops.verifications.since is 'Start of the range; null for a sample.';
comment on column ops.verifications.until is 'End of the range, exclusive; null for a sample.';
comment on column ops.verifications.candles is 'Candles compared, over all levels.';
comment on column ops.verifications.mismatches is
'Candles that are missing, that no tick made or that hold a wrong figure.';
comment on column ops.verifications.pending is
'Candles that differ because their ticks changed and the next refresh has yet to come.';
comment on column ops.verifications.example is 'The first mismatch.';

grant select on ops.verifications to stockpulse_loader;

create type ops.candle_difference as (
    level text,
    bucket timestamptz,
    symbol text,
    source text,
    field text,
    stored numeric,
    expected numeric,
    kind text,
    pending boolean
);
comment on type ops.candle_difference is
'A figure of a candle that is not what its ticks say; a whole candle shows as its tick_count.';

create function ops.next_bucket(width interval, moment timestamptz) returns timestamptz
language sql immutable
set search_path = pg_catalog
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    select case
        when isfinite(moment) then
            date_bin(width, moment + width - interval '1 microsecond', '2000-01-01 00:00+00')
        else moment
    end
$$;

comment on function ops.next_bucket(interval, timestamptz) is
'Start of the first bucket that begins at a moment or after it.';

-- Not the aggregates' own formula: other functions on purpose, over ticks at every level. Where
-- the ticks are gone a level is made from the level below it, whose candles are all there is.
-- Stable, so that ticks, candles and the log of changes are seen at one moment.
create function ops.candle_mismatches(
    target_level text, since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns setof ops.candle_difference
language plpgsql stable
set search_path = pg_catalog, public
set timezone = 'UTC'
as $$
declare
    target record;
    first_bucket timestamptz;
    from_ticks timestamptz;
    last_end timestamptz;
begin
    perform market.refuse_timeframe(target_level);
    select lifecycle.*, floors.floor_ts into target
    from ops.lifecycle inner join ops.floors using (level)
    where level = target_level;
    first_bucket := greatest(
        ops.next_bucket(target.width, since),
        ops.next_bucket(target.width, target.floor_ts),
        ops.first_bucket(target_level)
    );
    last_end := ops.next_bucket(target.width, until);
    from_ticks := greatest(first_bucket, (
        select ops.next_bucket(target.width, floor_ts) from ops.floors where level = 'ticks'
    ));
    return query execute format(
        $sql$
        with expected as (
            select
                date_bin(%1$L, ts, '2000-01-01 00:00+00') as bucket,
                symbol,
                source,
                (array_agg(price order by ord))[1] as open,
                max(price) as high,
                min(price) as low,
                (array_agg(price order by ord desc))[1] as close,
                sum(size) as volume,
                sum(price * size) as notional,
                count(*)::numeric as tick_count,
                min(ord) as first_ord,
                max(ord) as last_ord
            from market.ticks
            where ts >= $1 and ts < $2
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
            group by 1, 2, 3
            $sql$ || case when target.child <> 'ticks' then $sql$
            union all
            select
                date_bin(%1$L, bucket, '2000-01-01 00:00+00'),
                symbol,
                source,
                (array_agg(open order by bucket))[1],
                max(high),
                min(low),
                (array_agg(close order by bucket desc))[1],
                sum(volume),
                sum(notional),
                sum(tick_count),
                null,
                null
            from %2$s
            where bucket >= $5 and bucket < least($1, $2)
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
            group by 1, 2, 3
            $sql$ else '' end || $sql$
        ),
        stored as (
            select *
            from %3$s
            where bucket >= $5 and bucket < $2
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
        )
        select
            %4$L, bucket, symbol, source, field, now_stored, now_expected,
            case
                when stored.tick_count is null then 'missing'
                when expected.tick_count is null then 'extra'
                else 'different'
            end,
            coalesce(tstzrange(bucket, bucket + %1$L) && $6, false)
        from expected
        full join stored using (bucket, symbol, source)
        cross join lateral (values
            ('open', stored.open, expected.open),
            ('high', stored.high, expected.high),
            ('low', stored.low, expected.low),
            ('close', stored.close, expected.close),
            ('volume', stored.volume, expected.volume),
            ('notional', stored.notional, expected.notional),
            ('vwap', stored.vwap, expected.notional / nullif(expected.volume, 0)),
            ('tick_count', stored.tick_count, expected.tick_count)
        ) as pairs (field, now_stored, now_expected)
        where now_stored is distinct from now_expected
            and (
                field = 'tick_count'
                or (stored.tick_count is not null and expected.tick_count is not null)
            )
            -- among ticks of the same ord either one is a first or a last
            and not (field in ('open', 'close') and exists (
                select from market.ticks
                where ticks.symbol = expected.symbol and ticks.source = expected.source
                    and ts >= bucket and ts < bucket + %1$L
                    and ord = case field when 'open' then first_ord else last_ord end
                    and price = now_stored
            ))
        order by bucket, symbol, source
        $sql$,
        target.width, ops.relation_of(target.child), ops.relation_of(target_level), target_level
    ) using
        from_ticks, last_end, only_symbol, only_source, first_bucket,
        ops.pending_candles(target_level);
end $$;

comment on function ops.candle_mismatches(text, timestamptz, timestamptz, text, text) is
'What is wrong with the candles of a level that begin within a range, found from the ticks.';

create function ops.count_candles(
    target_level text, since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns bigint
language plpgsql stable
set search_path = pg_catalog
as $$
declare
    found_candles bigint;
begin
    execute format($sql$
        select count(*)
        from %s
        where bucket >= $1 and bucket < $2
            and ($3 is null or symbol = $3) and ($4 is null or source = $4)
        $sql$, ops.relation_of(target_level)
    ) into found_candles using since, until, only_symbol, only_source;
    return found_candles;
end $$;

comment on function ops.count_candles(text, timestamptz, timestamptz, text, text) is
'How many candles of a level begin within a range.';

-- From chunks where they are short, from the candles where one chunk holds years.
create function ops.candle_days(first_ts timestamptz, last_ts timestamptz)
returns table (since timestamptz, until timestamptz)
language plpgsql stable
set search_path = pg_catalog
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
begin
    return query execute format($sql$
        with days as (
            select generate_series(
                date_bin('1 day', range_start, '2000-01-01 00:00+00'),
                least(range_end, now()) - interval '1 microsecond',
                interval '1 day'
            ) as day
            from timescaledb_information.chunks
            where format('%%I.%%I', hypertable_schema, hypertable_name) in (%L, %L)
            union
            select date_bin('1 day', bucket, '2000-01-01 00:00+00') from %s
            union
            select bucket from %s
        )
        select greatest(day, $1), least(day + interval '1 day', $2)
        from days
        where day < $2 and day + interval '1 day' > $1
        order by 1
        $sql$, ops.store_of('ticks'), ops.store_of('1m'), ops.store_of('1h'), ops.store_of('1d')
    ) using first_ts, last_ts;
end $$;

comment on function ops.candle_days(timestamptz, timestamptz) is
'The days of a range, oldest first, that may have candles or ticks; the first and last cut to it.';

-- Symbols, levels and moments at random; the candle is that of the next tick, so that one that
-- is missing is found too, or of the next candle where the ticks are gone.
create function ops.candle_sample(
    samples integer,
    only_symbol text default null,
    first_ts timestamptz default '-infinity',
    last_ts timestamptz default 'infinity'
) returns table (level text, since timestamptz, until timestamptz, symbol text)
language sql volatile
set search_path = pg_catalog, public
set timezone = 'UTC'
as $$
    with span as (
        select
            greatest(min(range_start), $3) as oldest,
            least(max(range_end), now(), $4) as newest
        from timescaledb_information.chunks
        where format('%I.%I', hypertable_schema, hypertable_name)::regclass
            in (ops.store_of('ticks'), ops.store_of('1m'))
        having count(*) > 0
    ),
    pool as (
        select array_agg(instruments.symbol) as symbols
        from market.instruments
        where $2 is null or instruments.symbol = $2
    ),
    picks as materialized (
        select
            symbols[1 + floor(random() * cardinality(symbols))] as symbol,
            1 + floor(random() * 8) as "position",
            oldest + random() * (newest - oldest) as moment,
            newest
        from generate_series(1, $1)
        cross join span
        cross join pool
    )
    select
        lifecycle.level,
        date_bin(width, at, '2000-01-01 00:00+00'),
        date_bin(width, at, '2000-01-01 00:00+00') + width,
        picks.symbol
    from picks
    inner join ops.lifecycle using ("position")
    cross join lateral (
        select coalesce(
            (
                select ts from market.ticks
                where ticks.symbol = picks.symbol and ts >= moment and ts < newest
                order by ts limit 1
            ),
            (
                select bucket from market.candles_1m as candle
                where candle.symbol = picks.symbol and bucket >= moment and bucket < newest
                order by bucket limit 1
            )
        ) as at
    ) as found
    where at is not null
$$;

comment on function ops.candle_sample(integer, text, timestamptz, timestamptz) is
'Ranges of one candle each, chosen at random; fewer where a symbol has no tick after a moment.';

create procedure ops.verify_sample(job_id integer default null, config jsonb default null)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    started timestamptz := clock_timestamp();
    pick record;
    differences ops.candle_difference [];
    counted bigint := 0;
    wrong bigint := 0;
    waiting bigint := 0;
    example text;
begin
    for pick in
        select * from ops.candle_sample(coalesce((config ->> 'samples')::integer, 100))
    loop
        counted := counted + 1;
        -- A refresh may commit between plan and snapshot: what is wrong is wrong twice.
        for look in 1..2 loop
            differences := array(
                select wrong_one
                from ops.candle_mismatches(
                    pick.level, pick.since, pick.until, pick.symbol
                ) as wrong_one
            );
            exit when differences = '{}';
        end loop;
        continue when differences = '{}';
        if (differences[1]).pending then
            waiting := waiting + 1;
        else
            wrong := wrong + 1;
            example := coalesce(example, ops.describe_difference(differences[1]));
        end if;
    end loop;
    insert into ops.verifications (kind, candles, mismatches, pending, example, seconds)
    values (
        'sample', counted, wrong, waiting, example,
        extract(epoch from clock_timestamp() - started)
    );
    if wrong > 0 then
        raise warning '% of % candles differ from their ticks, such as %', wrong, counted, example
            using hint = 'stockpulse verify shows them, stockpulse refresh --force makes them anew';
    end if;
end $$;

comment on procedure ops.verify_sample(integer, jsonb) is
'Compares candles chosen at random with their ticks and records the result; run by a timer.';

create function ops.describe_difference(found ops.candle_difference) returns text
language sql stable
set search_path = pg_catalog
set timezone = 'UTC'
as $$
    select format(
        '%s %s %s %s: %s %s is %s, expected %s',
        found.level, found.bucket, found.symbol, found.source, found.kind, found.field,
        coalesce(found.stored::text, 'null'), coalesce(found.expected::text, 'null')
    )
$$;

comment on function ops.describe_difference(ops.candle_difference) is 'A difference in one line.';

revoke execute on procedure ops.verify_sample(integer, jsonb) from public;
grant execute on procedure ops.verify_sample(integer, jsonb) to stockpulse_loader;

reset role;
