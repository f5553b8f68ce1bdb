select ops.leave_archive()
