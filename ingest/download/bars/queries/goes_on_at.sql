select
    greatest(
        case when waits_until > %(now)s then waits_until end,
        case when requests >= %(most)s then since + interval '24 hours' end
    ) as goes_on_at
from ops.request_budgets
where source = %(source)s and account = %(account)s
