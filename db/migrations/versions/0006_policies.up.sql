set local role stockpulse_owner;

-- include functions/ops.expired.sql

reset role;
