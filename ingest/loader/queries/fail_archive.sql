select ops.fail_archive(%(reason)s::text)
