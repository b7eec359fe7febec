"""What tests of several services need."""

from __future__ import annotations

import pytest

from ops.testing.databases import Databases


@pytest.fixture(scope="module")
def acts_database(databases: Databases) -> str:
    """Make a gateway's database: what operators do is kept there before it is done, whichever service it is about."""
    return databases.migrated("gateway.migrations")
