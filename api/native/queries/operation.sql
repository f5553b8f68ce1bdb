-- {"at": ..., ...}: the state of the service, for its operator.
select market.operation_status()::text
