-- The revision of the schema.
select version_num from public.stockpulse_version
