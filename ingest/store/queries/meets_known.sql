select ops.meets_known(%(oldest)s::timestamptz, %(newest)s::timestamptz, %(symbols)s::text [])
