"""Where the stack is that a command is about."""

from __future__ import annotations

from pathlib import Path

from ops.errors import UserError
from ops.stack.opening import variables


def bootstrap_servers(data_dir: Path | None = None) -> str:
    """Find Kafka: KAFKA_BOOTSTRAP_SERVERS, else the stack of that data folder. Raises UserError without either."""
    servers = variables(data_dir).get("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        raise UserError(
            "No stack is known here. Start one with `fordeling up`, name its folder with --data-dir, "
            "or set KAFKA_BOOTSTRAP_SERVERS."
        )
    return servers
