select exists (select from ops.bar_publication)
