"""Faults of group ``kafka``."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.fault import Fault

FAULTS: Sequence[Fault] = ()
