-- Once a day, however many loaders ask.
do $$ begin
    if not exists (
        select from ops.verifications
        where kind = 'sample' and verified_at > now() - interval '20 hours'
    ) then
        call ops.verify_sample();
    end if;
end $$
