"""`stockpulse stack`: a database and a broker on this machine.

The package `stack` is imported only when one of these commands runs, so that no other command and
no --help needs it.
"""

import click


@click.group()
def stack() -> None:
    """Run a database and a Kafka broker on this machine.

    They listen on 127.0.0.1 only and keep their data in ~/.cache/stockpulse (/var/cache/stockpulse
    for root; STOCKPULSE_CACHE names another directory).

    The database is an installed PostgreSQL with TimescaleDB, else the Docker image, else Debian
    packages in a directory of their own, which needs Debian 12 or newer on x86-64 or arm64. The
    broker is Apache Kafka if Java 17 and Maven are installed, else the Docker image, else a mock
    that keeps little and only in memory. Not for Windows.
    """


@stack.command()
def up() -> None:
    """Start database and broker in the background."""
    from stack import daemon

    daemon.up(report=click.echo)
    click.echo('to use them in this shell: eval "$(stockpulse stack env)"')


@stack.command()
def down() -> None:
    """Stop database and broker; their data is kept."""
    from stack import daemon

    daemon.down(report=click.echo)


@stack.command()
def env() -> None:
    """Print shell exports that point every command at the running stack."""
    from stack import daemon

    click.echo(daemon.env())
