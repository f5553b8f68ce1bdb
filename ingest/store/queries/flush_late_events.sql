call ops.flush_late_events()
