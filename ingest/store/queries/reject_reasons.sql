select
    reason,
    count(*) as messages,
    min(rejected_at) as first_at,
    max(rejected_at) as last_at,
    max(id) as example
from ops.rejects
where
    (%(reason)s::text is null or reason = %(reason)s)
    and (%(topic)s::text is null or topic = %(topic)s)
    and (%(since)s::timestamptz is null or rejected_at >= %(since)s)
    and (%(until)s::timestamptz is null or rejected_at < %(until)s)
group by reason
order by messages desc, reason
