create or replace function market.epoch_text(at timestamptz, ns integer, unit text)
returns text
language sql immutable parallel safe
as $$
    select trim_scale(
        case $3
            when 's' then extract(epoch from $1) + $2 * 0.000000001
            when 'ms' then extract(epoch from $1) * 1000 + $2 * 0.000001
            when 'us' then extract(epoch from $1) * 1000000 + $2 * 0.001
            when 'ns' then extract(epoch from $1) * 1000000000 + $2
        end
    )::text
$$;

comment on function market.epoch_text is
'Time since 1970 in s, ms, us or ns, exact, with a fraction if there is one. ns: nanoseconds beyond
the microsecond.';

revoke execute on function market.epoch_text from public;
grant execute on function market.epoch_text to stockpulse_reader;
