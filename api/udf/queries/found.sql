-- Instruments whose name, venue or currencies contain a text, which is in upper case: first the one
-- of that name, then those that begin with it.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'symbol', found.name,
                    'full_name', found.symbol,
                    'ticker', found.symbol,
                    'description', coalesce(found.base || ' / ' || found.quote, found.symbol),
                    'exchange', found.exchange,
                    'type', found.type
                )
                order by found.rank, found.symbol
            ),
            '[]'
        )
    )::text
from (
    select
        *,
        case
            when upper(name) = %(query)s::text or upper(symbol) = %(query)s::text then 0
            when base || quote = %(query)s::text or base = %(query)s::text then 1
            when starts_with(upper(name), %(query)s::text) then 2
            else 3
        end as rank -- noqa: RF04
    from (
        select
            instruments.*,
            case when position(':' in symbol) > 1 then split_part(symbol, ':', 1) else '' end
            as exchange,
            case
                when position(':' in symbol) > 1
                    then substr(symbol, position(':' in symbol) + 1)
                else symbol
            end as name, -- noqa: RF04
            coalesce(
                case asset_class when 'equity' then 'stock' when 'fx' then 'forex' end,
                asset_class,
                ''
            ) as type -- noqa: RF04
        from market.instruments
    ) as named
    where (%(exchange)s::text = '' or exchange = %(exchange)s::text)
        and (%(type)s::text = '' or type = %(type)s::text)
        and (
            position(%(query)s::text in upper(symbol)) > 0
            or position(%(query)s::text in upper(base || quote)) > 0
            or position(%(query)s::text in upper(base || '/' || quote)) > 0
        )
    order by rank, symbol
    limit %(limit)s::integer
) as found
