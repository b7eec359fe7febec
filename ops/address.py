"""Where the stack is that a command is about."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ops.errors import UserError
from ops.paths import DEFAULT_DATA


def bootstrap_servers(data_dir: Path | None = None) -> str:
    """Find Kafka: KAFKA_BOOTSTRAP_SERVERS, else the stack of that data folder. Raises UserError without either."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given and data_dir is None:
        return given
    file = (data_dir or DEFAULT_DATA) / "stack.json"
    try:
        return str(json.loads(file.read_text())["environment"]["KAFKA_BOOTSTRAP_SERVERS"])
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            "No stack is known here. Start one with `fordeling up`, name its folder with --data-dir, "
            "or set KAFKA_BOOTSTRAP_SERVERS."
        ) from error
