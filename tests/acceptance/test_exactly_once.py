"""Exactly once: loaders are killed at random, and every message is stored once."""

import os
import random
import time

import pytest

from stack.broker import Broker
from tests import support
from tests.faults.ledger import Flow, Ledger
from tests.faults.loaders import Loader, Loaders

FULL = os.environ.get("FULL_FAULTS") == "1"  # set by `make faults`
TICKS = 200_000 if FULL else 25_000
TICKS_PER_SECOND = 5_000
KILLS = 20 if FULL else 4
LONGEST_PAUSE = 0.5  # seconds from a complete group to the next kill


@pytest.mark.kafka
def test_loaders_killed_at_any_moment_store_every_message_once(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    # Small batches, so that a kill meets a transaction more often than not.
    loaders.environ |= {"STOCKPULSE_BATCH_ROWS": "500", "STOCKPULSE_BATCH_MS": "20"}
    group = loaders.start_group(2)
    with Flow(ledger, at_least=TICKS, per_second=TICKS_PER_SECOND, poison_every=1_000):
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, LONGEST_PAUSE))  # the moment of the kill is random
            _replace_one(group, loaders, chance)
    ledger.wait(fresh_database)
    ledger.compare(fresh_database)
    for loader in group:
        assert loader.terminate()[0] == 0, loader.output[-2000:]
    ledger.compare(fresh_database)


def _replace_one(group: list[Loader], loaders: Loaders, chance: random.Random) -> None:
    victim = group.pop(chance.randrange(len(group)))
    victim.kill()
    survivor = group[0]
    before = survivor.times_assigned
    group.append(loaders.start())
    group[-1].wait_until_assigned()
    support.wait_until(lambda: survivor.times_assigned > before, "a rebalance")
