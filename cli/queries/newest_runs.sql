select history, kind, state, ran_at, next_at, result from ops.newest_runs() order by history, kind
