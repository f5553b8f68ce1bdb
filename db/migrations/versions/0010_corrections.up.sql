set local role stockpulse_owner;

create table ops.tick_corrections (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    action text not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    tick_id text collate "C",
    old_price numeric,
    old_size numeric,
    old_bid numeric,
    old_ask numeric,
    old_ord bigint,
    new_price numeric,
    new_size numeric,
    new_bid numeric,
    new_ask numeric,
    new_ord bigint,
    corrected_at timestamptz not null default clock_timestamp(),
    constraint tick_corrections_pkey primary key (id),
    constraint tick_corrections_action check (action in ('correct', 'cancel', 'replace'))
);

-- By time first: a loader asks of every batch whether its range holds any cancelled tick at all.
create unique index tick_corrections_cancelled
on ops.tick_corrections (ts, symbol, source, tick_id) where action = 'cancel';

comment on table ops.tick_corrections is
'What became of stored ticks that a venue amended; a cancelled identity is never stored again.';
comment on column ops.tick_corrections.topic is 'Topic, partition and offset: the message.';
comment on column ops.tick_corrections.action is
'correct, cancel, or replace: the tick''s whole range was sent anew.';
comment on column ops.tick_corrections.ts is
'Time, symbol, source and tick_id: the identity, as in market.ticks.';
comment on column ops.tick_corrections.old_price is
'Of the old values: null where nothing was stored under the identity.';
comment on column ops.tick_corrections.new_price is
'Of the new values: null where the tick is gone.';

create table ops.replacements (
    batch text collate "C" not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric not null,
    size numeric,
    bid numeric,
    ask numeric,
    tick_id text collate "C" not null,
    ord bigint not null,
    staged_at timestamptz not null default clock_timestamp(),
    constraint replacements_pkey primary key (batch, symbol, source, ts, tick_id)
);

comment on table ops.replacements is
'Ticks of ranges that are being sent anew; they move to market.ticks when their batch ends.';
comment on column ops.replacements.batch is 'The publisher''s name for one attempt at one range.';
comment on column ops.replacements.price is 'This and the other columns as in market.ticks.';
comment on column ops.replacements.staged_at is 'When the loader took the message.';

alter table ops.load_batches add column corrections integer not null default 0;
comment on column ops.load_batches.corrections is 'Ticks corrected, cancelled or replaced.';

grant select on ops.tick_corrections to stockpulse_loader;
grant select, insert, update on ops.replacements to stockpulse_loader;

-- A correction of what is not stored is stored as the tick itself: its original comes late, and
-- will be a duplicate. The order of a series stays that of the originals.
create function ops.correct_ticks(amendments json) returns integer
language plpgsql
security definer
set search_path = pg_catalog
-- a plan that knows the time opens one chunk, and of the columnstore one segment
set plan_cache_mode = force_custom_plan
as $$
declare
    wanted record;
    stored market.ticks;
    changed integer := 0;
begin
    for wanted in
        select * from rows from (
            json_to_recordset(amendments) as (
                topic text, "partition" integer, "offset" bigint, action text,
                ts timestamptz, symbol text, source text, price numeric, size numeric,
                bid numeric, ask numeric, tick_id text, ord bigint
            )
        ) with ordinality order by ordinality
    loop
        continue when exists (
            select from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.ts = wanted.ts and cancelled.symbol = wanted.symbol
                and cancelled.source = wanted.source and cancelled.tick_id = wanted.tick_id
        );
        select * into stored from market.ticks as tick
        where tick.symbol = wanted.symbol and tick.ts = wanted.ts
            and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        if wanted.action = 'cancel' then
            delete from market.ticks as tick
            where tick.symbol = wanted.symbol and tick.ts = wanted.ts
                and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        elsif stored.ts is null then
            insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
            values (
                wanted.ts, wanted.symbol, wanted.source, wanted.price, wanted.size,
                wanted.bid, wanted.ask, wanted.tick_id, wanted.ord
            );
        else
            wanted.ord := stored.ord;
            continue when (stored.price, stored.size, stored.bid, stored.ask)
                is not distinct from (wanted.price, wanted.size, wanted.bid, wanted.ask);
            update market.ticks as tick
            set price = wanted.price, size = wanted.size, bid = wanted.bid, ask = wanted.ask
            where tick.symbol = wanted.symbol and tick.ts = wanted.ts
                and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        end if;
        insert into ops.tick_corrections (
            topic, "partition", "offset", action, ts, symbol, source, tick_id,
            old_price, old_size, old_bid, old_ask, old_ord,
            new_price, new_size, new_bid, new_ask, new_ord
        ) values (
            wanted.topic, wanted."partition", wanted."offset", wanted.action,
            wanted.ts, wanted.symbol, wanted.source, wanted.tick_id,
            stored.price, stored.size, stored.bid, stored.ask, stored.ord,
            wanted.price, wanted.size, wanted.bid, wanted.ask, wanted.ord
        );
        changed := changed + 1;
    end loop;
    return changed;
end $$;

comment on function ops.correct_ticks(json) is
'Corrects and cancels ticks in the order given and returns how many changed; for the loader.';

create function ops.replace_ticks(
    topic text, "partition" integer, "offset" bigint,
    batch text, symbol text, source text, since timestamptz, until timestamptz
) returns integer
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_custom_plan
-- the planner knows nothing of rows just staged and would compare each with each: minutes an hour
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    gone integer;
    added integer;
begin
    -- Whatever is not sent again as it stands goes, also ticks without an identity.
    with removed as (
        delete from market.ticks as tick
        where tick.symbol = $5 and tick.source = $6 and tick.ts >= $7 and tick.ts < $8
            and not exists (
                select from ops.replacements as wanted
                where wanted.batch = $4 and wanted.symbol = $5 and wanted.source = $6
                    and wanted.ts = tick.ts and wanted.tick_id = tick.tick_id
                    and (wanted.price, wanted.size, wanted.bid, wanted.ask)
                    is not distinct from (tick.price, tick.size, tick.bid, tick.ask)
            )
        returning tick.*
    ),
    noted as (
        insert into ops.tick_corrections (
            topic, "partition", "offset", action, ts, symbol, source, tick_id,
            old_price, old_size, old_bid, old_ask, old_ord,
            new_price, new_size, new_bid, new_ask, new_ord
        )
        select
            $1, $2, $3, 'replace', removed.ts, $5, $6, removed.tick_id,
            removed.price, removed.size, removed.bid, removed.ask, removed.ord,
            wanted.price, wanted.size, wanted.bid, wanted.ask, wanted.ord
        from removed
        left join ops.replacements as wanted
            on wanted.batch = $4 and wanted.symbol = $5 and wanted.source = $6
                and wanted.ts = removed.ts and wanted.tick_id = removed.tick_id
        returning new_price
    )
    select count(*) filter (where new_price is null) into gone from noted;
    insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
    select
        wanted.ts, wanted.symbol, wanted.source, wanted.price, wanted.size,
        wanted.bid, wanted.ask, wanted.tick_id, wanted.ord
    from ops.replacements as wanted
    where wanted.batch = $4
        and not exists (
            select from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.ts = wanted.ts and cancelled.symbol = wanted.symbol
                and cancelled.source = wanted.source and cancelled.tick_id = wanted.tick_id
        )
    on conflict do nothing;
    get diagnostics added = row_count;
    -- and what earlier attempts at the range, cut short, have left behind
    delete from ops.replacements as staged
    where staged.symbol = $5 and staged.source = $6 and staged.ts >= $7 and staged.ts < $8;
    return gone + added;
end $$;

comment on function
ops.replace_ticks(text, integer, bigint, text, text, text, timestamptz, timestamptz) is
'Puts a complete batch of ops.replacements in the place of a series'' ticks since <= ts < until.';

create function ops.count_ticks(
    symbol text, source text, since timestamptz, until timestamptz
) returns bigint
language sql stable
security definer
set search_path = pg_catalog
as $$
    select
        (
            select count(*)
            from market.ticks as tick
            where tick.symbol = $1 and tick.source = $2 and tick.ts >= $3 and tick.ts < $4
        ) + (
            select count(*)
            from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.symbol = $1 and cancelled.source = $2
                and cancelled.ts >= $3 and cancelled.ts < $4
        )
$$;

comment on function ops.count_ticks(text, text, timestamptz, timestamptz) is
'How many ticks of a series have been stored, cancelled ones included; since <= ts < until.';

revoke execute on function
ops.correct_ticks(json),
ops.replace_ticks(text, integer, bigint, text, text, text, timestamptz, timestamptz),
ops.count_ticks(text, text, timestamptz, timestamptz)
from public;
grant execute on function
ops.correct_ticks(json),
ops.replace_ticks(text, integer, bigint, text, text, text, timestamptz, timestamptz),
ops.count_ticks(text, text, timestamptz, timestamptz)
to stockpulse_loader;

reset role;
