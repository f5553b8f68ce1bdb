"""`stockpulse stack`: a database and a broker for this machine."""

import click

from stack import daemon


@click.group()
def stack() -> None:
    """Start a database and a broker on this machine, or stop them."""


@stack.command()
def up() -> None:
    """Start them in the background; their data stay from one time to the next."""
    daemon.up(say=click.echo)
    click.echo('point every command at them by: eval "$(stockpulse stack env)"')


@stack.command()
def down() -> None:
    """Stop them; their data stay."""
    daemon.down(say=click.echo)


@stack.command()
def env() -> None:
    """Print the exports that point every command at them."""
    click.echo(daemon.env())
