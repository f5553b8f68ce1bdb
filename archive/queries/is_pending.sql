select exists (
    select
    from market.pending()
    inner join ops.lifecycle as target
        on pending.kind = target.kind and pending.timeframe = target.level
    where target.relation = %(relation)s
        and pending.since < %(until)s and pending.until > %(since)s
)
