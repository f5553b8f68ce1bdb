case
    when {theirs} in (
        round(exact, 18), round(round(exact, coalesce(scale({ours}), 18)), 18)
    )
        then round(exact, coalesce(scale({ours}), 18))
    else {theirs}
end
