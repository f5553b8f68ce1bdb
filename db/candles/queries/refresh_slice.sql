call refresh_continuous_aggregate(
    ops.store_of(%(relation)s), %(since)s::timestamptz, %(until)s::timestamptz,
    force => %(force)s, options => '{"buckets_per_batch": 0}'
)
