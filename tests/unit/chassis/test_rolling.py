from __future__ import annotations

import pytest

from chassis.broker.kafka import partition_of
from chassis.running.rolling import keys_by_partition
from contracts.envelope import FILLER


@pytest.mark.parametrize("partitions", [1, 3, 6, 24])
def test_each_partition_has_a_key_that_falls_into_it(partitions: int) -> None:
    """As the relay's partitioner tells, and all of them under the name that readers skip."""
    keys = keys_by_partition(partitions)
    assert [partition_of(key, partitions) for key in keys] == list(range(partitions))
    assert all(key.startswith(FILLER) for key in keys)
