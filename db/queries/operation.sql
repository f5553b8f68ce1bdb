-- The state of the database for its operator, in JSON; all series are searched for gaps.
select market.operation_status(2147483647)::text
