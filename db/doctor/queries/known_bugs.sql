-- Bugs of TimescaleDB that affect this schema, by the version that fixes them.
with versions as (
    select
        %(timescaledb)s::text as timescaledb,
        string_to_array(substring(%(timescaledb)s from '^[0-9.]+'), '.')::int [] as parts
)
select
    'TimescaleDB ' || timescaledb || ' ' || bug || '; fixed in '
    || array_to_string(fixed, '.')
from versions
inner join (
    values
    ('community', '{2, 22, 1}'::int [], 'leaves gaps in continuous aggregates and crashes'),
    ('community', '{2, 26, 3}', 'makes gaps and duplicates where refreshes overlap'),
    ('community', '{2, 28, 0}', 'may never run a job'),
    ('community', '{2, 28, 1}', 'mixes up first() and last() of one column in two orders'),
    ('community', '{2, 28, 3}', 'deletes too much from columnar chunks'),
    ('community', '{2, 29, 0}', 'loses the last bucket of a batched refresh'),
    ('community', '{2, 29, 1}', 'lets any role do what only an owner should'),
    ('community', '{2, 29, 2}', 'drops rows of DISTINCT ON over columnar chunks'),
    ('apache', '{2, 26, 4}', 'crashes on statement triggers once a column of trades was dropped'),
    ('apache', '{2, 26, 4}', 'hides columnar data that another edition left behind')
) as bugs (kind, fixed, bug)
    on bugs.kind = %(kind)s
where versions.parts < bugs.fixed
