select nextval('ops.load_batch_ids') from generate_series(1, %(count)s)
