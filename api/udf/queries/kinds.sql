-- The venues and the types of all instruments, for the menus of a search.
select
    coalesce(
        json_agg(distinct exchange order by exchange) filter (where exchange <> ''), '[]'
    )::text as exchanges,
    coalesce(json_agg(distinct type order by type) filter (where type <> ''), '[]')::text as types
from (
    select
        case when position(':' in symbol) > 1 then split_part(symbol, ':', 1) else '' end
        as exchange,
        coalesce(
            case asset_class when 'equity' then 'stock' when 'fx' then 'forex' end, asset_class, ''
        ) as type -- noqa: RF04
    from market.instruments
) as instruments
