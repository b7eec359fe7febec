"""How messages of earlier major versions are read by who knows the present one.

Every service and the gateway are given these, so that whoever reads ``….v2`` also reads the ``….v1`` that topics and
dead letters still hold. The rules, and how a new major comes about: docs/decisions/0012-evolution.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.envelope import Upcast

UPCASTS: Sequence[Upcast] = ()
"""One for each major beyond the first, from the one before it: ``Upcast(v1.ListReceived, v2.ListReceived, of_v1)``."""

BY_TYPE: Mapping[str, Upcast] = {upcast.old.message_type: upcast for upcast in UPCASTS}
