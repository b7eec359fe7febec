from __future__ import annotations

from pathlib import Path

import pytest

from ops.stack.choices import PORTS, SECRETS
from ops.stack.environment import Stack
from ops.stack.layout import Layout


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """Make a stack with known ports and passwords, to which nothing was given."""
    ports = {name: 20000 + number for number, name in enumerate(("gateway", *PORTS))}
    secrets = {name: f"password-of-{name}" for name in SECRETS}
    return Stack(Layout(tmp_path / "data"), ports, secrets, {})
