"""A Spark that cannot start is told in one line, without what Java prints."""

import os
import re
import shutil
import subprocess
import sys

import pytest


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
