"""Rights on the broker (ACLs) beside what ``contracts/access.py`` says, and made to be so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from contracts.access import PRINCIPALS, Resource, Right, rights
from contracts.topics import TOPICS
from ops import kafka_client
from ops.errors import UserError

SECONDS = 15.0
OPERATIONS = "operations"
"""Who reads failures, makes topics and gives rights: people with this command line."""

PRINCIPAL = "User:{}"
EVERYTHING = "*"
_OURS = {*PRINCIPALS, *(topic.name.split(".", 1)[0] for topic in TOPICS)}


@dataclass(frozen=True, slots=True)
class Difference:
    """What the registry and the broker do not agree on. missing: rights; more: what the broker allows beside them."""

    missing: Sequence[Right]
    more: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many rights were given, taken, and which were left that the registry does not know."""

    given: int
    taken: int
    left: Sequence[str]


def found(client: AdminClient) -> Sequence[Any] | None:
    """Read all rights. None where the broker keeps none, or tells us of none. Raises KafkaException."""
    anything: Any = None
    every = AclBindingFilter(
        ResourceType.ANY, anything, ResourcePatternType.ANY, anything, anything, AclOperation.ANY, AclPermissionType.ANY
    )
    try:
        # A broker without an authorizer answers with none at all, as one that shows them to us not.
        return list(client.describe_acls(every, request_timeout=SECONDS).result()) or None
    except KafkaException as error:
        if error.args[0].code() == KafkaError.SECURITY_DISABLED:
            return None
        raise


def compare(acls: Sequence[Any], principal: str = PRINCIPAL) -> Difference:
    """Tell what is missing and what is too much. principal: how the broker names who signs in, with ``{}`` for ours.

    A broader right of the same one covers what the registry asks for; it is told as too much all the same.
    """
    allowed = [acl for acl in acls if acl.permission_type == AclPermissionType.ALLOW]
    wanted = rights()
    missing = [right for right in wanted if not any(_covers(acl, right, principal) for acl in allowed)]
    asked = {_key(binding(right, principal)) for right in wanted}
    operations = principal.format(OPERATIONS)
    more = [acl for acl in allowed if _concerns_us(acl) and acl.principal != operations and _key(acl) not in asked]
    return Difference(missing, more)


def apply(bootstrap: str, principal: str = PRINCIPAL, *, prune: bool = False, dry_run: bool = False) -> Outcome:
    """Give the rights that are missing; with ``prune`` take those on our resources that the registry does not know.

    Raises BrokerError where the broker refuses, and UserError where it keeps no rights at all.
    """
    client = kafka_client.admin(bootstrap)
    try:
        difference = compare(found(client) or (), principal)
        if difference.missing and not dry_run:
            given = client.create_acls([binding(each, principal) for each in difference.missing])
            for asked in given.values():
                asked.result()
        if prune and difference.more and not dry_run:
            for asked in client.delete_acls([_exactly(each) for each in difference.more]).values():
                asked.result()
    except KafkaException as error:
        if error.args[0].code() == KafkaError.SECURITY_DISABLED:
            raise UserError(
                "The broker keeps no access rights: set authorizer.class.name, and super.users with operations in it. "
                "See deploy/README.md."
            ) from None
        raise kafka_client.refused(error) from None
    taken = len(difference.more) if prune else 0
    return Outcome(len(difference.missing), taken, [] if prune else [words(each) for each in difference.more])


def binding(right: Right, principal: str) -> AclBinding:
    """Write a right as the client takes it: from any host, for whoever signed in under that name."""
    pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
    return AclBinding(
        ResourceType[right.resource.value],
        right.name,
        pattern,
        principal.format(right.who),
        EVERYTHING,
        AclOperation[right.operation.value],
        AclPermissionType.ALLOW,
    )


def words(acl: Any) -> str:  # noqa: ANN401 - the client's own type
    """Say what the broker allows: ``User:stranger READ TOPIC letters.events.v1``."""
    every = "*" if acl.resource_pattern_type == ResourcePatternType.PREFIXED else ""
    return f"{acl.principal} {acl.operation.name} {acl.restype.name} {acl.name}{every}"


def concerns(acl: Any, resource: Resource, name: str, operation: str) -> bool:  # noqa: ANN401 - as above
    """Whether a right, by its own name, a prefix or ``*``, allows an operation on a resource of that name."""
    if acl.permission_type != AclPermissionType.ALLOW or acl.restype.name != resource.value:
        return False
    if acl.operation.name not in (operation, "ALL"):
        return False
    if acl.resource_pattern_type == ResourcePatternType.PREFIXED:
        return name.startswith(acl.name)
    return acl.name in (name, EVERYTHING)


def _covers(acl: Any, right: Right, principal: str) -> bool:  # noqa: ANN401 - as above
    if acl.principal != principal.format(right.who) or acl.host != EVERYTHING:
        return False
    if not concerns(acl, right.resource, right.name, right.operation.value):
        return False
    literal = acl.resource_pattern_type == ResourcePatternType.LITERAL
    return not (right.prefixed and literal and acl.name != EVERYTHING)


def _concerns_us(acl: Any) -> bool:  # noqa: ANN401 - as above
    """Whether it is about something of ours: by our names, by what our names begin with, or about everything."""
    kinds = {each.value for each in Resource}
    return acl.restype.name in kinds and (acl.name == EVERYTHING or acl.name.split(".", 1)[0] in _OURS)


def _key(acl: Any) -> tuple[object, ...]:  # noqa: ANN401 - as above
    return (acl.restype, acl.name, acl.resource_pattern_type, acl.principal, acl.host, acl.operation)


def _exactly(acl: Any) -> AclBindingFilter:  # noqa: ANN401 - as above
    return AclBindingFilter(
        acl.restype, acl.name, acl.resource_pattern_type, acl.principal, acl.host, acl.operation, acl.permission_type
    )
