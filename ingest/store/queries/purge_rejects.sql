with page as materialized (
    select id
    from ops.rejects
    where
        id > %(after)s
        and (%(reason)s::text is null or reason = %(reason)s)
        and (%(topic)s::text is null or topic = %(topic)s)
        and (%(since)s::timestamptz is null or rejected_at >= %(since)s)
        and (%(until)s::timestamptz is null or rejected_at < %(until)s)
    order by id
    limit %(limit)s
),
purged as (
    delete from ops.rejects
    where id in (select id from page)
    returning id
)
select
    (select max(id) from page) as last_id,
    (select count(*) from purged) as messages
