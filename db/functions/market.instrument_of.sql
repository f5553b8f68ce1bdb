create or replace function market.instrument_of(symbol text) returns text
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
begin
    return coalesce(
        (
            select instrument
            from market.names
            where names.symbol = $1
            order by since desc
            limit 1
        ),
        $1
    );
end $$;

comment on function market.instrument_of is
'The instrument that the newest name of this symbol leads to; without a name the symbol itself.';

revoke execute on function market.instrument_of from public;
grant execute on function market.instrument_of to stockpulse_reader;
