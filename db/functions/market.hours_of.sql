-- market.sessions has instants. The zone of an exchange is not stored there, and the hours on its
-- clock are the ones that most of its newest sessions have: not those of a half day.
create or replace function market.hours_of(calendar text)
returns table (zone text, opens time, closes time)
language sql stable parallel safe
as $$
    select
        found.zone,
        mode() within group (order by (open_at at time zone found.zone)::time),
        mode() within group (order by (close_at at time zone found.zone)::time)
    from (
        select
            coalesce(
                case
                    when $1 in ('FX', 'XNYS', 'XNAS', 'XASE', 'ARCX', 'IEXG')
                        then 'America/New_York'
                    when $1 in ('XTSE', 'XTSX') then 'America/Toronto'
                    when $1 in ('CMES', 'XCME', 'CME') then 'America/Chicago'
                    when $1 = 'BVMF' then 'America/Sao_Paulo'
                    when $1 = 'XMEX' then 'America/Mexico_City'
                    when $1 = 'XLON' then 'Europe/London'
                    when $1 = 'XDUB' then 'Europe/Dublin'
                    when $1 in ('XETR', 'XFRA') then 'Europe/Berlin'
                    when $1 = 'XPAR' then 'Europe/Paris'
                    when $1 = 'XAMS' then 'Europe/Amsterdam'
                    when $1 = 'XBRU' then 'Europe/Brussels'
                    when $1 = 'XLIS' then 'Europe/Lisbon'
                    when $1 = 'XMAD' then 'Europe/Madrid'
                    when $1 = 'XMIL' then 'Europe/Rome'
                    when $1 = 'XSWX' then 'Europe/Zurich'
                    when $1 = 'XWBO' then 'Europe/Vienna'
                    when $1 = 'XWAR' then 'Europe/Warsaw'
                    when $1 = 'XSTO' then 'Europe/Stockholm'
                    when $1 = 'XCSE' then 'Europe/Copenhagen'
                    when $1 = 'XOSL' then 'Europe/Oslo'
                    when $1 = 'XHEL' then 'Europe/Helsinki'
                    when $1 = 'XIST' then 'Europe/Istanbul'
                    when $1 = 'XMOS' then 'Europe/Moscow'
                    when $1 = 'XJSE' then 'Africa/Johannesburg'
                    when $1 = 'XTAE' then 'Asia/Jerusalem'
                    when $1 in ('XBOM', 'XNSE') then 'Asia/Kolkata'
                    when $1 = 'XBKK' then 'Asia/Bangkok'
                    when $1 = 'XHKG' then 'Asia/Hong_Kong'
                    when $1 in ('XSHG', 'XSHE') then 'Asia/Shanghai'
                    when $1 = 'XSES' then 'Asia/Singapore'
                    when $1 = 'XTAI' then 'Asia/Taipei'
                    when $1 = 'XKRX' then 'Asia/Seoul'
                    when $1 = 'XTKS' then 'Asia/Tokyo'
                    when $1 = 'XASX' then 'Australia/Sydney'
                    when $1 = 'XNZE' then 'Pacific/Auckland'
                end,
                'Etc/UTC'
            ) as zone
    ) as found
    cross join (
        select open_at, close_at
        from market.sessions
        where sessions.calendar = $1 and open_at < now() + interval '168 hours'
        order by open_at desc
        limit 60
    ) as newest
    group by found.zone
$$;

comment on function market.hours_of is
'The usual regular hours of a calendar with sessions, on the clock of its zone: of most of its
newest sessions. The zone is Etc/UTC for a calendar whose zone is not known, and for 24/7.';

revoke execute on function market.hours_of from public;
grant execute on function market.hours_of to stockpulse_reader;
