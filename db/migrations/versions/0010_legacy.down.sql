-- Loses whatever else was put into the schema legacy.
drop schema legacy cascade;
