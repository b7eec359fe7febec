from __future__ import annotations

from tests.integration.chassis.conftest import stage

__all__ = ["stage"]
