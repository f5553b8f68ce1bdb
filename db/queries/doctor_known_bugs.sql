-- Faults of TimescaleDB that touch what is done here, by the version that mends them.
with versions as (
    select
        extversion,
        string_to_array(substring(extversion from '^[0-9.]+'), '.')::int [] as parts,
        current_setting('timescaledb.license') = 'apache' as is_apache
    from pg_catalog.pg_extension
    where extname = 'timescaledb'
)
select format('TimescaleDB %s %s; mended in %s', extversion, fault, array_to_string(mended, '.'))
from versions
inner join (
    values
    (false, '{2, 22, 1}'::int [], 'leaves gaps in continuous aggregates and crashes'),
    (false, '{2, 26, 3}', 'makes gaps and duplicates where refreshes overlap'),
    (false, '{2, 28, 0}', 'may never run a job'),
    (false, '{2, 28, 1}', 'mixes up first() and last() of one column in two orders'),
    (false, '{2, 28, 3}', 'deletes too much from columnar chunks'),
    (false, '{2, 29, 0}', 'loses the last bucket of a batched refresh'),
    (false, '{2, 29, 1}', 'lets any role do what only an owner should'),
    (false, '{2, 29, 2}', 'drops rows of DISTINCT ON over columnar chunks'),
    (true, '{2, 26, 4}', 'crashes on statement triggers once a column of ticks was dropped'),
    (true, '{2, 26, 4}', 'hides columnar data that another edition left behind')
) as faults (on_apache, mended, fault)
    on versions.is_apache = faults.on_apache
where versions.parts < faults.mended
