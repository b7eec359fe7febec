"""Embedded parts in containers, for demonstrations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chassis.variables import SettingsError
from ops.embedded.ports import LOOPBACK, free_ports
from ops.simulators import forward, main, simulator


async def test_what_comes_to_the_outer_port_is_handed_on_and_answered() -> None:
    """Both directions, to the end of the connection; and while the part is not up, a connection is just closed."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        await writer.drain()
        writer.close()

    inside, outside = free_ports(2)
    async with await forward(outside, inside, LOOPBACK):
        assert await _ask(outside) == b""
        async with await asyncio.start_server(echo, LOOPBACK, inside):
            assert await _ask(outside) == b"HELLO"


async def _ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(b"hello")
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def test_the_letter_office_needs_its_password_and_issuer(tmp_path: Path) -> None:
    """And takes the password from a file."""
    with pytest.raises(SettingsError, match="svarut needs MASKINPORTEN_ISSUER and SVARUT_INTEGRATION_PASSWORD"):
        simulator("svarut", {}, tmp_path)
    (tmp_path / "password").write_text("pass-word\n")
    given = {"MASKINPORTEN_ISSUER": "http://i", "SVARUT_INTEGRATION_PASSWORD_FILE": str(tmp_path / "password")}
    assert simulator("svarut", given, tmp_path).ports == [8091]


def test_an_unknown_part_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With what there is."""
    assert main(["kafka"]) == 2
    assert main([]) == 2
    assert "oidc|mail|svarut" in capsys.readouterr().err
