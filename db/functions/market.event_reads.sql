-- The query takes the same values as that of market.candle_reads().
create or replace function market.event_reads(
    asked text,
    start_at timestamptz,
    end_at timestamptz,
    relation text,
    adjustment text,
    out query text,
    out symbols text [],
    out sinces timestamptz [],
    out untils timestamptz [],
    out numerators numeric [],
    out denominators numeric []
)
language plpgsql stable parallel safe
as $$
declare
    piece record;
    number integer := 0;
begin
    for piece in
        select * from market.pieces_of(asked, start_at, end_at, adjustment)
    loop
        number := number + 1;
        query := concat_ws(' union all ', query, format(
            'select ts, ns, seq, tick_id, moves, %s from market.%I'
            ' where symbol = ($1::text [])[%3$s] and source = $2'
            ' and ts >= ($3::timestamptz [])[%3$s] and ts < ($4::timestamptz [])[%3$s]',
            case
                when relation = 'quotes' then 'bid, ask'
                when piece.numerator = piece.denominator then 'price, size'
                else format(
                    'trim_scale(price * ($6::numeric [])[%1$s] / ($5::numeric [])[%1$s]) as price,'
                    ' trim_scale(size * ($5::numeric [])[%1$s] / ($6::numeric [])[%1$s]) as size',
                    number
                )
            end,
            relation, number
        ));
        symbols[number] := piece.symbol;
        sinces[number] := piece.since;
        untils[number] := piece.until;
        numerators[number] := piece.numerator;
        denominators[number] := piece.denominator;
    end loop;
end $$;

comment on function market.event_reads is
'A query for the trades of a range, adjusted, or the quotes, and the values it takes.';

revoke execute on function market.event_reads from public;
grant execute on function market.event_reads to stockpulse_reader;
