select version from ops.rules_version
