"""Runs what is due, once or for as long as a process lives, each history in a thread of its own.

A run that fails is noted and tried again later; it ends nothing else.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from db.errors import StockpulseError
from ingest.updates import ledger as ledgers
from ingest.updates.history import History, Surroundings
from ingest.updates.ledger import Ledger
from ingest.updates.outcome import Outcome
from ingest.updates.slots import Run, State, due

logger = logging.getLogger(__name__)

POLL_SECONDS = 15.0  # between looks at the clock and at the runs of other processes
STOP_SECONDS = 5.0  # longest wait for runs that are stopped; what they lose is done again


class Ran(msgspec.Struct, frozen=True):
    """A run that has ended."""

    kind: str
    slot: datetime
    state: State
    result: str


def run_due(history: History, around: Surroundings, *, impatient: bool = False) -> list[Ran] | None:
    """Runs what is due of a history, until `stop` is set; None if another process updates it.

    `impatient` does not wait after a failure. Raises DatabaseAway or DatabaseRefused.
    """
    with ledgers.opened(around.database_url, history.name, history.symbols) as ledger:
        if not ledger.lock():
            return None
        now = around.clock.now()
        ran = []
        for run in due(history.cadences, ledger.newest(now), now, impatient=impatient):
            if around.stop.is_set():
                break
            ran.append(_run(history, run, ledger, around))
        return ran


def _run(history: History, run: Run, ledger: Ledger, around: Surroundings) -> Ran:
    ledger.start(run, around.clock.now())
    outcome = _outcome(history, run, ledger, around)
    state = outcome.state
    ledger.end(run, outcome, around.clock.now())
    logger.log(
        logging.WARNING if outcome.failed else logging.INFO,
        "history updated" if state == "done" else f"update {state}",
        extra={"history": history.name, "run": run.kind, "result": outcome.sentence},
    )
    return Ran(run.kind, run.slot, state, outcome.sentence)


def _outcome(history: History, run: Run, ledger: Ledger, around: Surroundings) -> Outcome:
    try:
        return history.run(run, ledger, around)
    except StockpulseError as error:
        return Outcome(str(error), failed=True)
    except Exception as error:  # a fault in one history must not stop the others, nor the feeds
        logger.exception("unexpected error", extra={"history": history.name, "run": run.kind})
        return Outcome(" ".join(f"{type(error).__name__}: {error}".split()), failed=True)


@contextmanager
def kept_up_to_date(histories: Sequence[History], around: Surroundings) -> Iterator[None]:
    """Keeps histories up to date while its context lasts; then sets `stop`."""
    threads = [
        threading.Thread(target=_keep, args=(history, around), name=history.name, daemon=True)
        for history in histories
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        around.stop.set()
        end = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))


def _keep(history: History, around: Surroundings) -> None:
    trouble = ""
    while not around.stop.is_set():
        try:
            run_due(history, around)
            trouble = ""
        except StockpulseError as error:
            if str(error) != trouble:
                trouble = str(error)
                logger.warning("update waits", extra={"history": history.name, "reason": trouble})
        around.stop.wait(POLL_SECONDS)
