-- Counts a request, if the budget has one left; no row if it has not. A clock that was set back
-- gives no second budget, and one that was wrong by more than an hour holds it up for no longer.
insert into ops.request_budgets as budget (source, account, since, requests)
values (%(source)s, %(account)s, %(now)s, 1)
on conflict on constraint request_budgets_pkey do update
set
    since = case
        when
            excluded.since between
            budget.since - interval '1 hour' and budget.since + interval '24 hours'
            then budget.since
        else excluded.since
    end,
    requests = case
        when
            excluded.since between
            budget.since - interval '1 hour' and budget.since + interval '24 hours'
            then budget.requests + 1
        else 1
    end,
    waits_until = null
where
    (
        budget.waits_until is null
        or excluded.since >= budget.waits_until
        or excluded.since < budget.waits_until - interval '24 hours'
    )
    and (
        budget.requests < %(most)s
        or not excluded.since between
        budget.since - interval '1 hour' and budget.since + interval '24 hours'
    )
returning requests
