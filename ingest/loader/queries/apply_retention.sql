call ops.apply_retention()
