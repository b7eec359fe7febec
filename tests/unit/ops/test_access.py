"""Rights from the registry, and what of a broker's differs from them."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from contracts.access import PRINCIPALS, Operation, Resource, Right, rights
from contracts.topics import GATEWAY, IMDI, TOPICS, Kind
from ops.topics.access import OPERATIONS, PRINCIPAL, Difference, binding, compare, words

ALL = [binding(right, PRINCIPAL) for right in rights()]


def acl(name: str, who: str, operation: str, **more: Any) -> AclBinding:
    given = {"restype": "TOPIC", "pattern": "LITERAL", "permission": "ALLOW", "host": "*"} | more
    return AclBinding(
        ResourceType[given["restype"]], name, ResourcePatternType[given["pattern"]], who, given["host"],
        AclOperation[operation], AclPermissionType[given["permission"]],
    )  # fmt: skip


def test_commands_are_the_gateways_and_inbound_topics_imdis() -> None:
    """Nobody else may write them, and every topic but those that operations read has a reader."""
    may_write = {(right.name, right.who) for right in rights() if right.operation is Operation.WRITE}
    for topic in TOPICS:
        writers = {who for name, who in may_write if name == topic.name}
        assert writers == set(topic.producers)
        if topic.kind is Kind.COMMANDS:
            assert writers == {GATEWAY}
        if topic.kind is Kind.INBOUND:
            assert writers == {IMDI}
    readable = {each.name for each in rights() if each.resource is Resource.TOPIC and each.operation is Operation.READ}
    assert readable == {topic.name for topic in TOPICS if set(topic.consumers) != {OPERATIONS}}


def test_groups_and_transactional_ids_are_their_owners() -> None:
    """No two have a right on the same, and no name is another's beginning."""
    for kind in (Resource.GROUP, Resource.TRANSACTIONAL_ID):
        found = [right for right in rights() if right.resource is kind]
        assert all(right.name.startswith(f"{right.who}.") for right in found)
    assert not [(one, other) for one in PRINCIPALS for other in PRINCIPALS if one != other and other.startswith(one)]


def test_a_broker_with_these_rights_agrees() -> None:
    """Also where operations may read all, somebody is denied, and others have rights on what is not ours."""
    beside = [
        acl("*", "User:operations", "READ"),
        acl("letters.events.v1", "User:imdi", "WRITE", permission="DENY"),
        acl("payroll", "User:payroll", "WRITE"),
    ]
    assert compare([*ALL, *beside]) == Difference([], [])


@pytest.mark.parametrize("left_out", range(0, len(ALL), 7))
def test_a_right_that_is_missing_is_told(left_out: int) -> None:
    """And that alone; one for another host, or another's, is not it."""
    found = [each for place, each in enumerate(ALL) if place != left_out]
    assert compare(found).missing == [rights()[left_out]]


def test_a_broader_right_covers_and_is_too_much() -> None:
    """A service that may read whatever begins with a name has what it needs, and more."""
    broad = acl("letters.", "User:notification", "READ", pattern="PREFIXED")
    wanted = Right("notification", Resource.TOPIC, "letters.events.v1", Operation.READ)
    assert wanted in rights()
    found = [each for right, each in zip(rights(), ALL, strict=True) if right != wanted]
    told = compare([*found, broad])
    assert told.missing == []
    assert [words(each) for each in told.more] == ["User:notification READ TOPIC letters.*"]


@pytest.mark.parametrize(
    "found",
    [
        acl("letters.events.v1", "User:stranger", "READ"),
        acl("*", "User:stranger", "ALL"),
        acl("distribution.", "User:letters", "READ", restype="GROUP", pattern="PREFIXED"),
        acl("municipality.outbox", "User:gateway", "WRITE", restype="TRANSACTIONAL_ID"),
        acl("letters.events.v1", "User:notification", "READ", host="10.0.0.1"),
        acl("letters.events.v1", "User:notification", "WRITE"),
    ],
    ids=words,
)
def test_a_right_too_many_is_told(found: Any) -> None:
    """Whoever has it, on a topic, a group or a transactional id of ours, or on everything."""
    told = compare([*ALL, found])
    assert told.missing == []
    assert told.more == [found]


def test_names_are_as_the_broker_has_them() -> None:
    """Where it names who signs in by a certificate, the registry's names are within that."""
    by_certificate = [binding(right, "User:CN={}") for right in rights()]
    assert compare(by_certificate, "User:CN={}") == Difference([], [])
    assert len(compare(by_certificate).missing) == len(rights())
