select
    'stockpulse_relation_bytes' as gauge,
    array[sizes.relation] as labels,
    sizes.bytes::double precision as value
from json_to_recordset(ops.status_of_relations()) as sizes (relation text, bytes bigint)
where sizes.bytes is not null
union all
select
    'stockpulse_relation_bytes',
    array[relation],
    pg_total_relation_size(name::regclass)
from (
    values
    ('vendor_bars', 'market.vendor_bars'),
    ('rejects', 'ops.rejects'),
    ('load_batches', 'ops.load_batches'),
    ('changed_ranges', 'ops.changed_ranges'),
    ('changed_events', 'ops.changed_events')
) as others (relation, name)
