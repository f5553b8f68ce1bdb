-- The newest of each kind.
select
    format(
        '%s of %s candles differed from their events at %s; the first: %s',
        mismatches, candles, verified_at, example
    )
from (
    select distinct on (kind) *
    from ops.verifications
    order by kind, id desc
) as newest
where mismatches > 0
