call ops.analyze_slices(%(relation)s)
