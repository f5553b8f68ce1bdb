-- The same migrations make other relations on the other edition.
select
    format(
        'the schema was made on the %%s edition of TimescaleDB, but the server runs the %%s one',
        case when made_on_apache then 'Apache-2' else 'Community' end,
        case when made_on_apache then 'Community' else 'Apache-2' end
    )
from (select to_regclass('ops.candle_watermarks') is not null as made_on_apache) as made
where made_on_apache = (%(kind)s = 'community')
