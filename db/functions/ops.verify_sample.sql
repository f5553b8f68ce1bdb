create or replace procedure ops.verify_sample(
    job_id integer default null, config jsonb default null
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    started timestamptz := clock_timestamp();
    pick record;
    compared ops.candle_comparison;
    counted bigint := 0;
    wrong bigint := 0;
    waiting bigint := 0;
    example text;
begin
    for pick in
        select * from ops.candle_sample(coalesce((config ->> 'samples')::integer, 100))
    loop
        counted := counted + 1;
        -- A refresh may commit between plan and snapshot: a real difference shows twice.
        for look in 1..2 loop
            select * into compared
            from ops.compare_candles(
                array[pick.relation], pick.since, pick.until, pick.symbol
            );
            exit when coalesce(compared.wrong, 0) = 0;
        end loop;
        if compared.wrong > 0 then
            wrong := wrong + 1;
            example := coalesce(example, ops.describe_difference(compared.first[1]));
        elsif compared.pending <> '{}' then
            waiting := waiting + 1;
        end if;
    end loop;
    insert into ops.verifications (kind, candles, mismatches, pending, example, seconds)
    values (
        'sample', counted, wrong, waiting, example,
        extract(epoch from clock_timestamp() - started)
    );
    if wrong > 0 then
        raise warning '% of % candles differ from their events; the first: %',
            wrong, counted, example
            using hint = 'stockpulse verify shows them, refresh --force recreates them';
    end if;
end $$;

comment on procedure ops.verify_sample is
'Compares candles chosen at random with their events and records the result; run by a timer.';

revoke execute on procedure ops.verify_sample from public;
grant execute on procedure ops.verify_sample to stockpulse_loader;
