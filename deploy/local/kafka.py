# ruff: noqa: INP001, S603, S606 - a script of its own, of one image
"""Runs the embedded Kafka as Apache Kafka's image does: every ``KAFKA_A_B`` becomes the setting ``a.b``.

A file that is mounted is read before them.
"""

import os
import subprocess
from pathlib import Path

from ops.embedded import java
from ops.embedded.kafka import JARS, LOGGING

MOUNTED = Path("/mnt/shared/config/server.properties")
CONFIG = Path("/opt/kafka/config/server.properties")
OPTIONS = ("-Xmx384m", "-XX:TieredStopAtLevel=1")
NOT_SETTINGS = {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_BOOTSTRAP_SERVERS"}

settings = {
    name.removeprefix("KAFKA_").lower().replace("_", "."): value
    for name, value in os.environ.items()
    if name.startswith("KAFKA_") and name not in NOT_SETTINGS
}
settings.setdefault("log.dirs", "/var/lib/kafka/data")
mounted = MOUNTED.read_text() if MOUNTED.exists() else ""
CONFIG.write_text(mounted + "".join(f"{name}={value}\n" for name, value in settings.items()))
cluster = os.environ.get("CLUSTER_ID", "5L6g3nShT-eMCtK--X86sw")
FORMAT = ("format", "--ignore-formatted", "--cluster-id", cluster, "--config", str(CONFIG))
subprocess.run(
    java.command(JARS.class_path(), "kafka.tools.StorageTool", *FORMAT, options=OPTIONS),
    check=True,
)
command = java.command(
    JARS.class_path(),
    "kafka.Kafka",
    str(CONFIG),
    options=(*OPTIONS, f"-Dlog4j2.configurationFile={LOGGING.as_uri()}"),
)
os.execv(command[0], command)
