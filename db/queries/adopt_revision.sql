do $$
begin
    if exists (select from public.alembic_version where version_num ~ '^[0-9]{4}_[a-z_]+$') then
        create table public.stockpulse_version (
            version_num varchar(32) not null,
            constraint stockpulse_version_pkc primary key (version_num)
        );
        with ours as (
            delete from public.alembic_version
            where version_num ~ '^[0-9]{4}_[a-z_]+$'
            returning version_num
        )
        insert into public.stockpulse_version (version_num)
        select version_num
        from ours;
        grant select on public.stockpulse_version to stockpulse_reader;
        if not exists (select from public.alembic_version) then
            drop table public.alembic_version;
        end if;
    end if;
end $$
