"""``python -m ops.embedded.inbox <folder> <smtp port> <web port>``: run until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from ops.embedded.inbox.server import inbox


async def run(folder: Path, smtp_port: int, web_port: int) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with inbox(folder, smtp_port, web_port) as running:
        print(f"mail on port {running.smtp_port}, inbox on port {running.web_port}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
