insert into market.sources (source)
select unnest(%(sources)s::text [])
on conflict do nothing
