-- Columns that the file does not have keep their values.
insert into market.instruments (
    symbol, asset_class, base, quote, price_scale, primary_source, calendar
)
values (
    %(symbol)s, %(asset_class)s, %(base)s, %(quote)s, %(price_scale)s, %(primary_source)s,
    %(calendar)s
)
on conflict (symbol) do update
set
    asset_class = case
        when 'asset_class' = any(%(columns)s::text []) then excluded.asset_class
        else instruments.asset_class
    end,
    base = case
        when 'base' = any(%(columns)s::text []) then excluded.base
        else instruments.base
    end,
    quote = case
        when 'quote' = any(%(columns)s::text []) then excluded.quote
        else instruments.quote
    end,
    price_scale = case
        when 'price_scale' = any(%(columns)s::text []) then excluded.price_scale
        else instruments.price_scale
    end,
    primary_source = case
        when 'primary_source' = any(%(columns)s::text []) then excluded.primary_source
        else instruments.primary_source
    end,
    calendar = case
        when 'calendar' = any(%(columns)s::text []) then excluded.calendar
        else instruments.calendar
    end
