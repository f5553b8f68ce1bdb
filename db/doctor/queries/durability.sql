select format('%s is %s', name, setting)
from pg_catalog.pg_settings
where name in ('fsync', 'full_page_writes') and setting = 'off'
