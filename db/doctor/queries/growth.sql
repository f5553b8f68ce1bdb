-- Bytes that the events of the last day take, and where they lie if this session may know that.
select
    coalesce(
        sum(trades)::double precision
        * hypertable_size('market.trades') / greatest(approximate_row_count('market.trades'), 1)
        + sum(quotes)::double precision
        * hypertable_size('market.quotes') / greatest(approximate_row_count('market.quotes'), 1),
        0
    ) as bytes,
    (select setting from pg_catalog.pg_settings where name = 'data_directory') as directory,
    inet_server_addr() is null or inet_server_addr() = inet_client_addr() as is_local
from ops.load_batches
where loaded_at > now() - interval '1 day'
