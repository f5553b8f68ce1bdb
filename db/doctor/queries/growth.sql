-- Bytes that the events of the last day take, and the data directory if this session may read it.
select
    coalesce(sum(trades), 0)::double precision
    * hypertable_size('market.trades') / greatest(approximate_row_count('market.trades'), 1)
    + coalesce(sum(quotes), 0)::double precision
    * hypertable_size('market.quotes') / greatest(approximate_row_count('market.quotes'), 1)
    as bytes,
    (select setting from pg_catalog.pg_settings where name = 'data_directory') as directory,
    inet_server_addr() is null or inet_server_addr() = inet_client_addr() as is_local
from ops.load_batches
where loaded_at > now() - interval '1 day'
