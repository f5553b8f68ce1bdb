call ops.verify_sample()
