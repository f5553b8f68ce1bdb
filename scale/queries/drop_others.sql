drop table if exists pg_temp.others
