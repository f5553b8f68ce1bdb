insert into ops.restored_days (relation, day)
values (%(relation)s, %(day)s)
on conflict do nothing
