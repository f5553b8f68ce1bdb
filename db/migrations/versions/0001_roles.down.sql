-- Loses everything else in the two schemas. Roles and the extension stay: other databases or
-- applications may use them.
drop schema ops cascade;
drop schema market cascade;

do $$
begin
    execute format('revoke create on database %I from stockpulse_owner', current_database());
    execute format('revoke temporary on database %I from stockpulse_loader', current_database());
    execute format('grant temporary on database %I to public', current_database());
end $$;
