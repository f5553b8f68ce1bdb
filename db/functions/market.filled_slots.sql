create or replace function market.filled_slots(
    symbol text,
    series text,
    starts timestamptz [],
    ends timestamptz [],
    own market.candle [],
    fill text,
    price text,
    before_close numeric,
    not_fed tstzmultirange
) returns table (bar market.candle, ends_at timestamptz)
language sql stable parallel safe
as $$
    select
        case
            when carried.close is not null then carried.own
            when carried.filler is null or coalesce($9 && tstzrange(carried.start_at, carried.end_at), false)
                then row(
                    carried.start_at, $1, $2, null, null, null, null,
                    null, null, null, null, 0, null, null
                )::market.candle
            else row(
                carried.start_at, $1, $2,
                carried.filler, carried.filler, carried.filler, carried.filler,
                case when $7 <> 'mid' then 0 end, null, null, null, 0, null, null
            )::market.candle
        end,
        carried.end_at
    from (
        select
            parts.*,
            case
                when $6 = 'previous'
                    then coalesce(max(parts.close) over (partition by parts.part), $8)
            end as filler
        from (
            select
                slot.number,
                slot.start_at,
                slot.end_at,
                bars.own,
                (bars.own).close as close, -- noqa: RF04
                count((bars.own).close) over (order by slot.start_at) as part
            from unnest($3, $4) with ordinality as slot (start_at, end_at, number)
            left join (
                select bars as own from unnest($5) as bars
            ) as bars on (bars.own).bucket = slot.start_at
            where $6 <> 'none' or (bars.own).close is not null
        ) as parts
    ) as carried
    order by carried.number
$$;

comment on function market.filled_slots is
'The bars of a series in the buckets given, in their order. fill: none leaves out buckets without a
bar, null gives them no prices, previous the close of before, but for buckets that no feed covered.';

revoke execute on function market.filled_slots from public;
grant execute on function market.filled_slots to stockpulse_reader;
