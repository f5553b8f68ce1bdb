-- A batch to come must not have the number of restored rows.
select setval('ops.load_batch_ids', greatest(%(batch)s, nextval('ops.load_batch_ids')))
