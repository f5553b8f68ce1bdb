-- Of a flood the newest are told apart, and of many reasons the most frequent: producers make them.
with newest as (
    select reason from ops.rejects order by id desc limit 100000
),
reasons as (
    select
        reason,
        count(*) as messages,
        row_number() over (order by count(*) desc, reason) as place
    from newest
    group by reason
)
select
    'stockpulse_rejects_unreviewed' as gauge,
    array[case when place <= 20 then reason else '(other)' end] as labels,
    sum(messages)::double precision as value
from reasons
group by 2
union all
select
    'stockpulse_rejects_unreviewed',
    array['(older)'],
    greatest(1, reltuples - 100000)
from pg_class
where oid = 'ops.rejects'::regclass and (select count(*) from newest) = 100000
