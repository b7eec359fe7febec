"""The simulator takes a multipart body apart the same way in every process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ops.paths import ROOT

PROGRAM = """
import asyncio
from litestar.datastructures import FormMultiDict, UploadFile
from ops.svarut.counter import _parts

def upload(name):
    return UploadFile("application/pdf", name, name.encode())

class Request:
    async def form(self):
        files = [(f"filer_{n}", upload(f"{n}.pdf")) for n in (0, 1, 2, 10)]
        return FormMultiDict([("forsendelse", "{}"), *files])

letter, files = asyncio.run(_parts(Request()))
print(letter, [name for name, _ in files])
"""


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_parts_are_told_by_their_names_whatever_the_order_of_a_set(seed: str) -> None:
    """Litestar's form gives its items in an order that differs between processes; the letter is found all the same."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "{} ['0.pdf', '1.pdf', '2.pdf', '10.pdf']", done.stderr
