insert into ops.request_budgets (source, account, since, requests, waits_until)
values (%(source)s, %(account)s, %(now)s, 0, %(until)s)
on conflict on constraint request_budgets_pkey do update
set waits_until = excluded.waits_until
