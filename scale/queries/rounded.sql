case
    when {theirs} = round(exact, 18) then round(exact, coalesce(scale({ours}), 18))
    else {theirs}
end
