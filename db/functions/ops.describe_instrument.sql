-- What people have set stays. Feeds say the same at every start: that writes nothing.
create or replace function ops.describe_instrument(
    symbol text, asset_class text, base text, quote text, price_scale smallint, calendar text
) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into market.instruments as known (
        symbol, asset_class, base, quote, price_scale, calendar
    )
    values ($1, $2, $3, $4, $5, $6)
    on conflict on constraint instruments_pkey do update
    set
        asset_class = coalesce(known.asset_class, excluded.asset_class),
        base = coalesce(known.base, excluded.base),
        quote = coalesce(known.quote, excluded.quote),
        price_scale = coalesce(known.price_scale, excluded.price_scale),
        calendar = coalesce(known.calendar, excluded.calendar)
    where
        (known.asset_class is null and excluded.asset_class is not null)
        or (known.base is null and excluded.base is not null)
        or (known.quote is null and excluded.quote is not null)
        or (known.price_scale is null and excluded.price_scale is not null)
        or (known.calendar is null and excluded.calendar is not null);
$$;

comment on function ops.describe_instrument is
'Adds an instrument as its source describes it, or what was not known of it.';

revoke execute on function ops.describe_instrument from public;
grant execute on function ops.describe_instrument to stockpulse_loader;
