"""The `stockpulse` command: one module per subcommand, each a thin call into the packages."""
