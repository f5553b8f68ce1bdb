-- One writer of a symbol at a time: it would not see the rows of another.
create or replace function market.check_names() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    fault record;
begin
    perform pg_advisory_xact_lock(hashtext('market.names'), hashtext(new.symbol));
    select
        earlier.instrument as earlier,
        earlier.until,
        later.instrument as later,
        later.since
    into fault
    from market.names as earlier
    inner join market.names as later
        on earlier.symbol = later.symbol and earlier.since < later.since
            and earlier.until > later.since
    where earlier.symbol = new.symbol
    limit 1;
    if found then
        raise exception '% means % until % and % from % on: the names overlap',
            new.symbol, fault.earlier, fault.until, fault.later, fault.since
            using errcode = 'check_violation', hint = 'end the earlier name where the later begins';
    end if;
    return null;
end $$;

comment on function market.check_names is
'Refuses two meanings of a symbol at one time.';
