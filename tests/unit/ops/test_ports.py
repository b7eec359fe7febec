"""Ports of stacks that start side by side."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from ops.embedded.ports import free_ports
from ops.stack.start import last_said


def chosen(times: int) -> list[int]:
    return [port for _ in range(times) for port in free_ports(3)]


def test_what_one_process_chose_no_other_is_given() -> None:
    """Its server listens only after seconds: until then the port looks free to whoever starts beside it."""
    with ProcessPoolExecutor(2) as pool:
        ports = [port for found in pool.map(chosen, [150, 150]) for port in found]
    assert len(set(ports)) == len(ports) == 900


def test_what_ended_a_process_is_told_and_not_where() -> None:
    """A Java program's log ends with frames; the reason stands above them."""
    reason = "Caused by: java.net.BindException: Address already in use"
    assert last_said(f"INFO starting\n{reason}\n\tat java.base/A.b(A.java:1)\n\t... 18 more\n") == reason
    assert last_said("\n") == "its log is empty"
