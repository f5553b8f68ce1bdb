select
    reason,
    count(*) as messages,
    min(rejected_at) as since,
    max(rejected_at) as until
from ops.rejects
group by reason
order by messages desc
