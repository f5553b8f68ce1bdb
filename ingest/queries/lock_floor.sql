-- Taken before the transaction's snapshot: the floor that is then read cannot move any more.
lock table ops.floors in access share mode
