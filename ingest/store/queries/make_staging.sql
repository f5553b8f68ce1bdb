create temporary table if not exists staging (
    ts timestamptz,
    symbol text collate "C",
    source text collate "C",
    price numeric,
    size numeric,
    bid numeric,
    ask numeric,
    tick_id text collate "C",
    ord bigint
)
on commit delete rows
