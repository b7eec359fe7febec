"""How the service and its workers speak over pipes: what a request and a reply begin with."""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">I")
"""Of the request that follows: JSON with ``template`` and ``sheet``."""

REPLY = struct.Struct(">IBQ")
"""Length of what follows, how it went, and the bytes that the worker has resident."""

READY, SET, CANNOT_BE_SET = range(3)
"""It has started; the PDF follows; nothing follows: the text cannot be set."""
