"""Speed as ratios: against what else does the same work, beside it, in the same run."""
