-- sqlfluff:dialect:sparksql
-- Native messages of trades, decoded. Statements are apart by semicolons.
--
-- Takes the view `messages` (partition, offset, value); gives `native_trades`: trades, corrections
-- and cancels, with the times and numbers as exact as they are written. What cannot be is an error
-- that names the message, never a rounded number.

-- A cast from text rounds to 18 decimals.
create or replace temporary function exact_decimal(text string) returns decimal(38, 18)
return case
    when length(regexp_extract(text, r'\.([0-9]*?)0*([eE]|$)', 1))
        - coalesce(try_cast(regexp_extract(text, r'[eE]([+-]?[0-9]+)$', 1) as int), 0) <= 18
        then cast(text as decimal(38, 18))
    when text is not null then raise_error(concat('a number has more than 18 decimals: ', text))
end;

-- from_json makes doubles of JSON numbers, also where it is to give texts: so they are made texts
-- before. A quotation mark within a text has a backslash before it and is not met.
create or replace temporary view native_messages as
select
    partition,
    offset,
    value,
    from_json(
        regexp_replace(
            value, r'"(price|size)"\s*:\s*(-?[0-9][0-9.eE+-]*)', r'"$1":"$2"'
        ),
        'v string, kind string, source string, symbol string, event_time string, price string,
        size string, dedupe_id string, trade_id string, seq string, exchange string,
        amends array<string>, flags array<string>'
    ) as message
from messages
where value is not null;

create or replace temporary view native_trades as
select
    partition,
    offset,
    cast(message.event_time as timestamp) as ts,
    cast(rpad(regexp_extract(message.event_time, r'\.[0-9]{6}([0-9]{1,3})', 1), 3, '0') as int)
    as ns,
    trim(message.symbol) as symbol,
    lower(trim(message.source)) as source,
    exact_decimal(message.price) as price,
    case
        when array_contains(flags, 'no_size') or lower(message.size) in ('', 'nan') then null
        else exact_decimal(message.size)
    end as size,
    coalesce(nullif(message.dedupe_id, ''), nullif(message.trade_id, '')) as id,
    cast(message.seq as bigint) as seq,
    message.exchange,
    coalesce(message.amends, array()) as amends,
    case
        when array_contains(flags, 'cancel') then 'cancel'
        when array_contains(flags, 'correction') then 'correct'
        else 'add'
    end as action
from (
    select
        *,
        coalesce(message.flags, array()) as flags,
        case
            when message.v = '1' and message.kind is not null
                and not coalesce(array_contains(message.flags, 'replace'), false)
                then message.kind
            else raise_error(concat(
                'not a native message that can be read without the loader: partition ',
                partition, ', offset ', offset, ': ', left(value, 200)
            ))
        end as kind
    from native_messages
) as named
where kind = 'trade' and not array_contains(flags, 'non_tradeable')
