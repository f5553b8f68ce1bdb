create or replace function ops.measures_of(kind text, relation text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select replace(
        case kind
            when 'trade' then
                '?.price, ?.size, ?.side,'
                ' null::numeric, null::numeric, null::numeric, null::numeric'
            else
                'null::numeric, null::numeric, null::text, ?.bid, ?.ask, ?.bid_size, ?.ask_size'
        end,
        '?', relation
    )
$$;

comment on function ops.measures_of is
'Price to ask_size of market.event_change as SQL, of the columns of a trade or a quote.';

revoke execute on function ops.measures_of from public;
