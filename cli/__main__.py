"""Lets `python -m cli` be the `stockpulse` command."""

from cli.main import main

main()
