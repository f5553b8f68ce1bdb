-- The instruments of a page in JSON as a flat table; the page stands in place of its name here.
select
    instrument.symbol,
    instrument.asset_class,
    instrument.base,
    instrument.quote,
    instrument.price_scale,
    instrument.primary_source,
    instrument.calendar,
    instrument.aliases,
    instrument.first_seen_at,
    instrument.last_seen_at
from instruments_page
cross join json_to_recordset(instruments_page.instruments::json) as instrument (
    symbol text,
    asset_class text,
    base text,
    quote text,
    price_scale integer,
    primary_source text,
    calendar text,
    aliases text [],
    first_seen_at timestamptz,
    last_seen_at timestamptz
)
