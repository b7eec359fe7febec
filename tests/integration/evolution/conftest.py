from __future__ import annotations

from tests.integration.chassis.conftest import migrated, stage

__all__ = ["migrated", "stage"]
