select ops.see_archive()
