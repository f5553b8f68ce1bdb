-- Up to where each symbol is complete from a moment on.
select
    symbol,
    max(runs.until) as until
from ops.update_runs as runs
cross join lateral unnest(runs.symbols) as symbol
where runs.history = %(history)s and runs.since <= %(start)s
group by symbol
