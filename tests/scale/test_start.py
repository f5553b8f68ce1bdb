"""A Spark that cannot start is told in one line, without what Java prints."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import support


@pytest.mark.scale
@pytest.mark.parametrize(
    "master, environ, reason",
    [
        ("local[1]", {"JAVA_HOME": "/nowhere"}, "/nowhere/bin/java: No such file or directory; it"),
        ("bogus", {}, "Master must either be yarn or start with spark, k8s, or local"),
    ],
    ids=["no Java", "no master"],
)
def test_java_that_does_not_start_is_one_line(tmp_path, master, environ, reason):
    pytest.importorskip("pyspark", reason="needs the extra `spark`")
    if shutil.which("java") is None:
        pytest.skip("needs Java 17")
    for name in ("spark-sql-kafka", "spark-token-provider-kafka", "kafka-clients", "commons-pool2"):
        (tmp_path / f"{name}-1.jar").touch()
    words = ["spark", "stream", "--path", str(tmp_path / "candles"), "--master", master]
    ended = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        env={**os.environ, **environ, "STOCKPULSE_SPARK_JARS": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert re.fullmatch(
        rf"stockpulse: Spark did not start: .*{re.escape(reason)}.*\n", ended.stderr
    )


@pytest.mark.scale
def test_an_interrupted_job_is_one_line(jars: str, tmp_path: Path) -> None:
    path = tmp_path / "candles"
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "spark", "stream", "--path", str(path)],
        env={
            **os.environ,
            "STOCKPULSE_SPARK_JARS": jars,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        },
        stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        support.wait_until((path / "_checkpoint" / "metadata").exists, "the stream begins", 120)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=60)
    finally:
        process.kill()
    assert printed.strip() == "stockpulse: interrupted"
    assert process.returncode == 130
