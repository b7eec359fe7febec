"""``python -m ops.svarut``: run the simulator. ``ops.svarut.part`` tells it where and as whom."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from ops.embedded.ports import LOOPBACK
from ops.svarut.access import Access
from ops.svarut.app import make_app
from ops.svarut.office import Office
from ops.svarut.part import ACCOUNT, INTEGRATION, Svarut
from ops.svarut.store import Store


async def run(part: Svarut) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    key = load_pem_private_key(await asyncio.to_thread(part.key.read_bytes), None)
    assert isinstance(key, RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(await asyncio.to_thread(part.certificate.read_bytes))
    store = Store(part.folder, part.speed)
    async with httpx.AsyncClient(timeout=10) as http:
        access = Access(part.issuer, INTEGRATION, part.password, http)
        app = make_app(Office(ACCOUNT, access, store, certificate, key))
        server = Server(
            app,
            address=LOOPBACK,
            port=part.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_level=LogLevels.error,
        )
        serving = asyncio.create_task(server.serve(), name="http")
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.stop()  # type: ignore[no-untyped-call]
        stopped.cancel()
        # A request that hangs on purpose is not waited for.
        await asyncio.wait({serving}, timeout=2)
    store.close()


if __name__ == "__main__":
    given = os.environ
    asyncio.run(
        run(
            Svarut(
                Path(given["SIMULATOR_FOLDER"]),
                int(given["SIMULATOR_PORT"]),
                given["SIMULATOR_ISSUER"],
                given["SIMULATOR_PASSWORD"],
                float(given["SIMULATOR_SPEED"]),
            )
        )
    )
