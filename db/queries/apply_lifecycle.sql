call ops.apply_lifecycle()
