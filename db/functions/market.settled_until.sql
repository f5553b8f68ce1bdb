create or replace function market.settled_until(
    symbol text, source text default null, price text default null
) returns timestamptz
language plpgsql stable parallel safe
as $$
declare
    series constant text := coalesce(lower($2), market.default_source($1));
begin
    return least(
        now(),
        market.awaited_from(
            $1, series,
            case
                when coalesce($3, market.default_price($1, series)) = 'trade' then 'trade'
                else 'quote'
            end
        )
    );
end $$;

comment on function market.settled_until is
'The time up to which the events of a series have come, as far as its feed tells: a candle whose
bucket ends by then, and that is not pending, is final. The parameters are those of
market.candles().';

revoke execute on function market.settled_until from public;
grant execute on function market.settled_until to stockpulse_reader;
