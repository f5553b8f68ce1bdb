-- The views of candles that people read.
do $do$
declare
    target text;
begin
    for target in
        select relation
        from ops.lifecycle
        where child is not null and to_regclass('market.' || relation) is null
        order by "position"
    loop
        execute format('create view market.%I as %s', target, ops.candle_view(target));
        perform ops.describe_candles(target);
    end loop;
end $do$;
