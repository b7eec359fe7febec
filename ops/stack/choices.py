"""What is chosen once for a stack and then kept: ports and passwords."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from ops.embedded.ports import free_ports, is_free
from ops.errors import UserError
from ops.files import read_json, write_json
from ops.stack.environment import DATABASES, KAFKA, OIDC, Stack, environment, saved_environment
from ops.stack.layout import Layout
from ops.stack.programs import PROGRAMS

DEFAULT_PORT = 8080
PUBLIC = (KAFKA, OIDC, "PUBLIC_URL", "OBJECT_STORE_URL", "MAIL_URL")
"""Addresses without a password, for who wants to reach the stack."""
PORTS = (
    "supervisor",
    "kafka",
    "kafka-controller",
    "postgres",
    "oidc",
    "svarut",
    "smtp",
    "mail",
    *(variable for program in PROGRAMS for variable in program.ports),
)
SECRETS = (
    "supervisor",
    "postgres",
    "oidc-client",
    "gateway",
    "svarut",
    *dict.fromkeys(database.role for database in DATABASES),
)


def choose(data: Path, port: int | None, given: Mapping[str, str]) -> Stack:
    """Open the stack of a folder for a start. ``port`` is the gateway's; None: the one it had, at first 8080.

    Kept ports are used again as long as they are free. Raises UserError where the gateway's port is taken.
    """
    layout = Layout(data)
    kept: dict[str, int] = read_json(layout.ports).get("ports", {})
    gateway = port or kept.get("gateway", DEFAULT_PORT)
    if not is_free(gateway):
        raise UserError(f"Port {gateway} is taken by another program: stop it, or choose another with --port.")
    stack = Stack(layout, choose_ports(kept, gateway), _secrets(layout), given)
    told = environment(stack)
    write_json(
        layout.ports,
        {
            "ports": stack.ports,
            "environment": {name: told[name] for name in PUBLIC if name in told},
            "given": sorted(name for name in told if given.get(name)),
        },
    )
    return stack


def reopen(data: Path) -> Stack | None:
    """Open the stack of a folder as it was last started; None where there never was one."""
    layout = Layout(data)
    kept = read_json(layout.ports)
    if not kept:
        return None
    told = saved_environment(layout)
    given = {name: told[name] for name in kept.get("given", ()) if name in told}
    return Stack(layout, kept["ports"], read_json(layout.secrets), given)


def choose_ports(kept: Mapping[str, int], gateway: int, names: Iterable[str] = PORTS) -> dict[str, int]:
    """Give each name a free port, the one it had if that is free."""
    chosen = {name: kept[name] for name in names if name in kept and kept[name] != gateway and is_free(kept[name])}
    missing = [name for name in names if name not in chosen]
    found = free_ports(len(missing), taken={gateway, *chosen.values()})
    return {"gateway": gateway} | chosen | dict(zip(missing, found, strict=True))


def _secrets(layout: Layout) -> dict[str, str]:
    kept: dict[str, str] = read_json(layout.secrets)
    missing = {name: secrets.token_urlsafe(24) for name in SECRETS if name not in kept}
    if missing:
        layout.data.mkdir(parents=True, exist_ok=True)
        write_json(layout.secrets, kept | missing, private=True)
    return kept | missing
