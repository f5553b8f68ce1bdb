-- The edition on which the migrations were run; null before.
select
    case
        when to_regclass('ops.candle_watermarks') is not null then 'apache'
        when to_regclass('ops.refreshed') is not null then 'community'
    end
