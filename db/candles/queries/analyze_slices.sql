call ops.analyze_slices(%(level)s)
