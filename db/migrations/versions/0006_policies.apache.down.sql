drop procedure ops.apply_lifecycle();
drop procedure ops.apply_retention();
