select
    'the schema is at ' || coalesce(max(version_num), 'no revision')
    || '; this version needs ' || %(head)s::text
from public.stockpulse_version
having max(version_num) is distinct from %(head)s::text
