create or replace function market.has_day_rules(source text) returns boolean
language sql stable parallel safe
as $$
    with rules as (
        select kind, tape, code, session, open_close, high_low, volume, priority
        from market.bar_rules
        where rule_set = (select sources.rule_set from market.sources where sources.source = $1)
    ),
    minutes as (
        select tape, code, session, open_close, high_low, volume, priority
        from rules where kind = 'minute'
    ),
    days as (
        select tape, code, session, open_close, high_low, volume, priority
        from rules where kind = 'day'
    )
    select exists (
        (table minutes except table days) union all (table days except table minutes)
    )
$$;

comment on function market.has_day_rules is
'Whether the rule set of a source has other rules for daily bars than for those of minutes.';

revoke execute on function market.has_day_rules from public;
grant execute on function market.has_day_rules to stockpulse_reader;
