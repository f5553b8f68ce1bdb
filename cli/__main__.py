"""Makes `python -m cli` the `stockpulse` command."""

from cli.main import main

main()
