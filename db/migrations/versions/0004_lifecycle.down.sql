-- Loses changed settings.
drop view ops.age_limits;
drop function ops.first_bucket(text);
drop function ops.relation_of(text);
drop table ops.retention_floors;
drop table ops.lifecycle;
drop function ops.check_lifecycle();
