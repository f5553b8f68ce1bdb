-- Loses changed settings.
drop view ops.age_limits;
drop function ops.made_ranges(text);
drop function ops.first_bucket(text);
drop function ops.relation_of(text);
drop function ops.sees_archive();
drop function ops.awaits_archive();
drop function ops.leave_archive();
drop function ops.see_archive();
drop table ops.archive_state;
drop table ops.retention_floors;
drop table ops.lifecycle;
drop function ops.check_lifecycle();
