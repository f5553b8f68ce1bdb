select ops.make_staging()
