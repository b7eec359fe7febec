"""A PostgreSQL on a disk that runs full."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.embedded.waiting import wait_until
from ops.testing.held import Held
from ops.testing.small_disk import NotPossibleHereError, SmallDisk, small_disk

SECONDS = 60.0
MEGABYTES = 160


def _possible(folder: Path) -> bool:
    """Tell whether the machine lets us mount; where it does not, all there is to hold is that it is said why."""
    try:
        with small_disk(folder, 1):
            return True
    except NotPossibleHereError as error:
        assert "No small file system can be mounted here" in str(error)  # noqa: PT017 - it is no failure
        return False


def _insert(server: Postgres, value: str) -> bool:
    try:
        with psycopg.connect(server.url(), connect_timeout=5) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", [value])
    except psycopg.Error:
        return False
    return True


def _runs_full(disk: SmallDisk, server: Postgres) -> list[str]:
    """Insert until it is refused; gives what was acknowledged."""
    acknowledged: list[str] = []
    disk.fill()
    while _insert(server, value := f"{len(acknowledged)}".zfill(200_000)):
        acknowledged.append(value)
        disk.fill()
        assert len(acknowledged) < 1000
    return acknowledged


def test_postgres_comes_back_when_a_full_disk_is_cleared(tmp_path: Path) -> None:
    """On a full disk commits are refused; once there is room again all that was acknowledged is there, and it works."""
    if not _possible(tmp_path / "disk"):
        return
    [port] = free_ports(1)
    server = Postgres(tmp_path / "disk" / "postgres", port, "secret")
    held = Held(server, tmp_path / "postgres.log")
    with small_disk(tmp_path / "disk", MEGABYTES) as disk:
        try:
            held.start()
            held.wait_ready()
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute("CREATE TABLE kept (value text)")
            with held.kept_running():
                acknowledged = _runs_full(disk, server)
                disk.clear()
                assert wait_until(lambda: _insert(server, "after"), SECONDS)
            with psycopg.connect(server.url()) as connection:
                kept = {value for (value,) in connection.execute("SELECT value FROM kept")}
            assert {*acknowledged, "after"} <= kept
        finally:
            held.stop()


def test_a_disk_is_filled_down_to_what_is_to_be_left(tmp_path: Path) -> None:
    """Filled, nothing more can be written; cleared, it can; and the folder is as before when it is taken away."""
    if not _possible(tmp_path / "disk"):
        return
    with small_disk(tmp_path / "disk", 8) as disk:
        disk.fill(leave_bytes=1_000_000)
        (disk.folder / "fits").write_bytes(bytes(900_000))
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "more").write_bytes(bytes(100_000))
        disk.clear()
        (disk.folder / "more").write_bytes(bytes(100_000))
    assert list((tmp_path / "disk").iterdir()) == []
