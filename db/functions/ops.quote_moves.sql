-- The loader makes the same masks, one at a time; this is for quotes that are stored already.
create or replace function ops.quote_moves(bid numeric, ask numeric, wide_quote_ratio numeric)
returns smallint
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select (
        case
            when bid > 0 and ask > wide_quote_ratio * bid then 0
            when bid <> 0 and ask <> 0 then 7
            when bid <> 0 then 1
            when ask <> 0 then 2
            else 0
        end
    )::smallint
$$;

comment on function ops.quote_moves is
'The mask of a quote: a side that is missing or 0 moves nothing, nor does a wide quote.';

revoke execute on function ops.quote_moves from public;
