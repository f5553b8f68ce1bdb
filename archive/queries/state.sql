select
    coalesce((select max(number) from ops.changes), 0) as change,
    now() as at
