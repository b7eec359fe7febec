from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.embedded.ports import LOOPBACK, free_ports, is_free
from ops.errors import UserError
from ops.stack.choices import choose, choose_ports, reopen


@pytest.fixture
def taken() -> Iterator[int]:
    """Take a port."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_kept_ports_are_used_again() -> None:
    """A port that is still free stays the same."""
    one, other, gateway = free_ports(3)
    assert choose_ports({"a": one, "b": other}, gateway, ("a", "b")) == {"gateway": gateway, "a": one, "b": other}


def test_a_kept_port_that_is_taken_is_replaced(taken: int) -> None:
    """A kept port that somebody has taken is replaced by one that is free; the others stay."""
    one, gateway = free_ports(2)
    chosen = choose_ports({"a": one, "b": taken}, gateway, ("a", "b"))
    assert chosen["a"] == one
    assert chosen["b"] != taken
    assert is_free(chosen["b"])


def test_no_port_is_given_twice() -> None:
    """Every port of a stack is another, also where a kept one is asked for the pages."""
    [gateway] = free_ports(1)
    chosen = choose_ports({"a": gateway}, gateway, ("a", "b", "c"))
    assert len(set(chosen.values())) == 4


def test_a_taken_port_for_the_pages_is_refused(taken: int, tmp_path: Path) -> None:
    """The pages' port is the reader's choice: another is not silently taken instead."""
    with pytest.raises(UserError, match=f"Port {taken} is taken.*--port"):
        choose(tmp_path, taken, {})


def test_choices_are_kept(tmp_path: Path) -> None:
    """Ports, passwords and what was given are the same when the stack is opened again; passwords only for its owner."""
    [port] = free_ports(1)
    chosen = choose(tmp_path, port, {"OIDC_ISSUER": "https://login.example", "HOME": "/root"})
    again = choose(tmp_path, None, {})
    assert (again.ports["gateway"], again.secrets) == (port, chosen.secrets)
    assert chosen.layout.secrets.stat().st_mode & 0o777 == 0o600
    assert not any(secret in chosen.layout.ports.read_text() for secret in chosen.secrets.values())


def test_there_is_nothing_to_reopen(tmp_path: Path) -> None:
    """A folder without a stack has none."""
    assert reopen(tmp_path) is None
