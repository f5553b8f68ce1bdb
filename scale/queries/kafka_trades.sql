-- sqlfluff:dialect:sparksql
-- Trades from Kafka as the database stores them. Statements are apart by semicolons.
--
-- Takes `native_trades`, `sources` (source, id_scope) and `renamed` (symbol, source, tick_id, root,
-- depth, known_at): all ids of events that were corrected under another, with one that is the same
-- for all of an event, how many came before, and from which offset on the event has it; gives
-- `trades`.

create or replace temporary view identified_trades as
select
    native_trades.*,
    case
        when id_scope = 'exchange' and exchange <> '' then concat(exchange, ':', id)
        else id
    end as tick_id,
    transform(
        amends,
        one -> case
            when id_scope = 'exchange' and exchange <> '' then concat(exchange, ':', one)
            else one
        end
    ) as amended_ids
from native_trades
left join sources on native_trades.source = sources.source;

-- The same trade twice is one: the first. Without an id each message is a trade. A sequence that is
-- missing is the id if that is a number; else the offset orders, where the loader has a hash.
create or replace temporary view added_trades as
select
    symbol,
    source,
    ts,
    tick_id,
    coalesce(any_value(root), tick_id) as root,
    min_by(
        struct(
            price,
            size,
            ns,
            coalesce(
                seq,
                case when tick_id rlike '^[0-9]{1,19}$' then try_cast(tick_id as bigint) end,
                offset
            ) as seq
        ),
        struct(partition, offset)
    ) as first,
    min(struct(partition, offset)) as place
from (
    select
        identified_trades.*,
        renamed.root,
        case when identified_trades.tick_id is null then concat(partition, ':', offset) end as alone
    from identified_trades
    left join renamed
        on identified_trades.symbol = renamed.symbol
        and identified_trades.source = renamed.source
        and identified_trades.tick_id = renamed.tick_id
    where action = 'add'
) as rooted
group by symbol, source, ts, tick_id, alone;

-- The last correction wins; one waits until its event has the id that it names. Cancels are final.
create or replace temporary view amended_trades as
select
    symbol,
    source,
    root,
    bool_or(action = 'cancel') as is_cancelled,
    max_by(price, place) filter (where action = 'correct') as price,
    max_by(size, place) filter (where action = 'correct' and size is not null) as size,
    max_by(tick_id, place) filter (where action = 'correct' and size(amended_ids) > 0) as tick_id,
    collect_set(tick_id) filter (where action = 'correct' and size(amended_ids) > 0) as new_ids
from (
    select
        identified_trades.*,
        coalesce(renamed.root, identified_trades.tick_id) as root,
        struct(
            ts,
            greatest(offset, coalesce(known_at, 0)) as applied_at,
            coalesce(depth, 0) as depth,
            size(amended_ids) = 0 as is_of_this_id,
            offset
        ) as place
    from identified_trades
    left join renamed
        on identified_trades.symbol = renamed.symbol
        and identified_trades.source = renamed.source
        and coalesce(identified_trades.tick_id, identified_trades.amended_ids[0]) = renamed.tick_id
    where action <> 'add'
) as rooted
group by symbol, source, root;

-- A corrected trade keeps its time and its sequence. One that came under its new id as well is one.
create or replace temporary view trades as
select
    ts,
    symbol,
    source,
    case
        when nth = 1 and meant > 1 then raise_error(concat(
            'an amendment may mean several trades of ', symbol, ' ', source, ': id ', tick_id
        ))
        else coalesce(new_price, first.price)
    end as price,
    coalesce(new_size, first.size) as size,
    coalesce(new_tick_id, tick_id) as tick_id,
    first.seq as seq,
    first.ns as ns,
    221 as moves -- of the rule set `all`: everything
from (
    select
        added_trades.*,
        amended_trades.is_cancelled,
        amended_trades.price as new_price,
        amended_trades.size as new_size,
        amended_trades.tick_id as new_tick_id,
        case when amended_trades.root is not null then
            row_number() over (
                partition by added_trades.symbol, added_trades.source, amended_trades.root
                order by array_contains(amended_trades.new_ids, added_trades.tick_id), place
            )
        end as nth,
        count(*) over (
            partition by
                added_trades.symbol, added_trades.source, added_trades.root, added_trades.tick_id
        ) as meant
    from added_trades
    left join amended_trades
        on added_trades.symbol = amended_trades.symbol
        and added_trades.source = amended_trades.source
        and added_trades.root = amended_trades.root
) as resolved
where not coalesce(is_cancelled, false) and coalesce(nth, 1) = 1
