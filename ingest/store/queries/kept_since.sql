select now() - keep from ops.lifecycle where level = 'ticks' and keep is not null
