"""``python -m services.letters.adapters.worker MEMORY``: set letters that come on standard input, until it is closed.

MEMORY: bytes it may allocate. Typst ends the process where it gets no more; so does whatever else goes wrong here,
but a text that cannot be set.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import BinaryIO

from chassis import faults
from services.letters.adapters.framing import CANNOT_BE_SET, LENGTH, READY, REPLY, SET
from services.letters.adapters.typst_setter import TypstSetter
from services.letters.domain.codes import Kind
from services.letters.use_cases.outside import NotRenderableError

NICENESS = 10
"""Reading messages comes before making letters of them."""


def work(requests: BinaryIO, replies: BinaryIO) -> None:
    """Set one letter after another."""
    setter = TypstSetter()
    _reply(replies, READY, b"")
    while head := requests.read(LENGTH.size):
        request = json.loads(requests.read(*LENGTH.unpack(head)))
        faults.reached("letters.worker.setting")
        try:
            _reply(replies, SET, setter.set_sheet(Kind(request["template"]), request["sheet"]))
        except NotRenderableError:
            _reply(replies, CANNOT_BE_SET, b"")


def _reply(replies: BinaryIO, outcome: int, body: bytes) -> None:
    replies.write(REPLY.pack(len(body), outcome, _resident()) + body)
    replies.flush()


def _resident() -> int:
    """Tell how many bytes of memory this process has now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  read for every letter
        return int(file.read().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    # Who is to stop is the service; it closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold the letter's text
    work(sys.stdin.buffer, sys.stdout.buffer)
