-- Rule sets, the sources that use them, and their trades whose masks are of older rules.
with stale as (
    select
        source,
        count(*) as trades
    from market.trades
    where rules < (select version from ops.rules_version)
    group by source
)
select
    rule_sets.rule_set,
    rule_sets.description,
    coalesce(string_agg(sources.source, ', ' order by sources.source), '') as sources,
    coalesce(sum(stale.trades), 0) as stale
from market.rule_sets
left join market.sources on rule_sets.rule_set = sources.rule_set
left join stale on sources.source = stale.source
group by rule_sets.rule_set, rule_sets.description
order by rule_sets.rule_set
