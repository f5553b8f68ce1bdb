"""The cache under interruptions and concurrent processes."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack import cache

REPOSITORY = Path(__file__).parents[2]
OWNER = """
import sys
from pathlib import Path
from stack import cache
scratch = cache.Scratch(Path(sys.argv[1]))
print(scratch.path, flush=True)
sys.stdin.read()
"""


def test_concurrent_builds_run_once(tmp_path: Path) -> None:
    made = []

    def make(building: Path) -> None:
        made.append(building)
        (building / "file").write_text("whole")

    with ThreadPoolExecutor() as pool:
        targets = list(pool.map(lambda _: cache.build(tmp_path / "thing", make), range(4)))
    assert len(made) == 1
    assert {(target / "file").read_text() for target in targets} == {"whole"}


def test_an_interrupted_build_leaves_nothing_behind_and_is_repeated(tmp_path: Path) -> None:
    def interrupted(building: Path) -> None:
        (building / "file").write_text("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.build(tmp_path / "thing", interrupted)
    assert [path.name for path in tmp_path.iterdir()] == [".thing.lock"]
    cache.build(tmp_path / "thing", lambda building: (building / "file").touch())
    assert (tmp_path / "thing" / "file").exists()


def test_the_directory_of_a_killed_process_is_removed_by_the_next_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        left = Path(owner.stdout.readline().strip())
        cache.Scratch(tmp_path).close()
        assert left.exists()  # its owner is running
        owner.send_signal(signal.SIGKILL)
    cache.Scratch(tmp_path).close()
    assert not left.exists()


def test_the_cache_of_root_can_be_entered_by_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "directory", lambda path: path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert cache.root({}) == Path("/var/cache/stockpulse")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert cache.root({}) == Path.home() / ".cache" / "stockpulse"
    assert cache.root({"STOCKPULSE_CACHE": "/somewhere"}) == Path("/somewhere")
