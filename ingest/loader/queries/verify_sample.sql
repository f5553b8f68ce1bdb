-- Verifies a sample once per day, by one loader at a time.
do $$ begin
    if pg_try_advisory_xact_lock(hashtext('ops.verify_sample'))
        and not exists (
            select from ops.verifications
            where kind = 'sample' and verified_at > now() - interval '20 hours'
        )
    then
        call ops.verify_sample();
    end if;
end $$
