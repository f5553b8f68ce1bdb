select format('%s changed ranges since %s wait to be published as bars', count(*), min(since))
from ops.bar_changes
where exists (select from ops.bar_publication)
having count(*) > 20000
