create or replace function ops.event_columns(kind text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = format('market.%I', kind || 's')::regclass and attnum > 0 and not attisdropped
$$;

comment on function ops.event_columns is
'The columns of market.trades or market.quotes, for a kind of event, as SQL.';
