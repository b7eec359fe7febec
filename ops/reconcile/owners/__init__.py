"""One comparer an owner: what its database would say on its state topics, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from ops.reconcile.entities import Owner
from ops.reconcile.owners.distribution import DISTRIBUTION
from ops.reconcile.owners.letters import LETTERS
from ops.reconcile.owners.municipality import MUNICIPALITY
from ops.reconcile.owners.notification import NOTIFICATION

OWNERS: Sequence[Owner] = (DISTRIBUTION, MUNICIPALITY, NOTIFICATION, LETTERS)
