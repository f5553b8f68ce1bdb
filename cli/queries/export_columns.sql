-- The columns of a relation in the schema market, and their types.
select
    attribute.attname as name,
    format_type(attribute.atttypid, null) as type
from pg_attribute as attribute
inner join pg_class as relation on attribute.attrelid = relation.oid
inner join pg_namespace as namespace on relation.relnamespace = namespace.oid
where namespace.nspname = 'market' and relation.relname = %(relation)s::text
    and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
