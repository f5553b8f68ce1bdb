set local role stockpulse_owner;

create view market.timeframes as
select
    level as timeframe,
    width
from ops.lifecycle
where kind = 'trades' and level is not null;

comment on view market.timeframes is
'The stored timeframes: market.candles_TIMEFRAME and market.quote_candles_TIMEFRAME.';
comment on column market.timeframes.timeframe is 'Name, 5m.';
comment on column market.timeframes.width is 'Length of a candle.';

grant select on market.timeframes to stockpulse_reader;

-- include functions/market.built_bars.sql

-- include functions/market.series_bars.sql

-- include functions/market.bars_with_vendors.sql

-- include functions/market.bar_page.sql

-- Bars out.

-- include functions/ops.bar_message.sql

-- include functions/ops.settled_minutes.sql

-- include functions/ops.start_bars.sql

-- include functions/ops.queue_bars.sql

-- include functions/ops.forget_bars.sql

reset role;
