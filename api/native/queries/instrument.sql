-- An instrument with its names, sources and splits, {...}; no row if it is unknown.
select row_to_json(answer)::text
from (select market.instrument_of(%(symbol)s::text) as symbol) as known
left join market.instruments on known.symbol = instruments.symbol
cross join lateral (
    select
        %(symbol)s::text as symbol,
        known.symbol as instrument,
        instruments.asset_class,
        coalesce(instruments.base, (market.pair_of(known.symbol))[1]) as base,
        coalesce(instruments.quote, (market.pair_of(known.symbol))[2]) as quote,
        market.price_scale_of(%(symbol)s::text) as price_scale,
        instruments.primary_source,
        instruments.calendar,
        coalesce(
            market.aliases_of(known.symbol, instruments.base, instruments.quote), '{}'
        ) as aliases,
        market.time_json(instruments.first_seen_at)::json as first_seen_at,
        market.time_json(instruments.last_seen_at)::json as last_seen_at,
        market.default_source(%(symbol)s::text) as default_source,
        (
            select hours.zone
            from market.hours_of(
                market.own_calendar(
                    %(symbol)s::text, market.default_source(%(symbol)s::text)
                )
            ) as hours
        ) as timezone,
        array(
            select row_to_json(name)
            from market.names
            cross join lateral (
                select
                    names.symbol,
                    market.time_json(nullif(names.since, '-infinity'))::json as since,
                    market.time_json(nullif(names.until, 'infinity'))::json as until
            ) as name
            where names.instrument = known.symbol
            order by names.since, names.symbol
        ) as names,
        array(
            select row_to_json(span)
            from market.sources_of(%(symbol)s::text) as sources (source)
            cross join lateral (
                select ts, ns
                from (
                    select ts, ns
                    from market.trade_page(
                        array[%(symbol)s::text], source => sources.source, max_events => 1
                    )
                    union all
                    select ts, ns
                    from market.quote_page(
                        array[%(symbol)s::text], source => sources.source, max_events => 1
                    )
                ) as events
                order by ts, ns
                limit 1
            ) as first_event
            cross join lateral (
                select ts, ns
                from (
                    select ts, ns
                    from market.trade_page(
                        array[%(symbol)s::text],
                        source => sources.source, max_events => 1, newest_first => true
                    )
                    union all
                    select ts, ns
                    from market.quote_page(
                        array[%(symbol)s::text],
                        source => sources.source, max_events => 1, newest_first => true
                    )
                ) as events
                order by ts desc, ns desc
                limit 1
            ) as last_event
            cross join lateral (
                select
                    sources.source,
                    market.time_json(first_event.ts, first_event.ns)::json as first_event,
                    market.time_json(last_event.ts, last_event.ns)::json as last_event
            ) as span
            order by sources.source
        ) as sources,
        array(
            select row_to_json(split)
            from market.corporate_actions as actions
            cross join lateral (
                select
                    market.time_json(actions.ex_at)::json as ex_at,
                    actions.numerator,
                    actions.denominator
            ) as split
            where actions.instrument = known.symbol and actions.kind = 'split'
            order by actions.ex_at
        ) as splits
) as answer
