"""IMDi's records as they came, sound or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from chassis.reading.subscriptions import Received, Record
from chassis.validation import FieldError, InvalidBodyError, parse
from contracts.imdi import v1
from services.distribution.domain.codes import ErasureReason, Papers, WithdrawalReason
from services.distribution.domain.erasure import Erasing
from services.distribution.domain.offer_checks import OfferFields, PersonFields
from services.distribution.domain.offers import Offer, OfferedPerson
from services.distribution.domain.persons import Address, Details, Identity
from services.distribution.domain.problems import Problem
from services.distribution.domain.threads import Said
from services.distribution.entrypoints.lenient import offer_fields
from services.distribution.use_cases.confirm_placement import Confirmation
from services.distribution.use_cases.correct_address import CorrectAddress
from services.distribution.use_cases.erase_persons import ErasePersons
from services.distribution.use_cases.extend_deadline import ExtendDeadline
from services.distribution.use_cases.imdis_word import Word
from services.distribution.use_cases.ports import Original
from services.distribution.use_cases.publish_list import Incoming
from services.distribution.use_cases.reply_in_thread import ReplyInThread
from services.distribution.use_cases.withdraw import Withdraw

REQUIRED_HEADERS = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time")
WORDS = (
    v1.ConfirmPlacement,
    v1.WithdrawList,
    v1.WithdrawPersons,
    v1.ErasePersons,
    v1.ExtendDeadline,
    v1.ReplyInThread,
    v1.CorrectAddress,
)
"""What IMDi says of a list that it has published."""
_WORD_TYPES = {message.message_type for message in WORDS}
OURS = {v1.PublishDistributionList.message_type, *_WORD_TYPES}


def sound(received: Received[v1.PublishDistributionList]) -> Incoming:
    """Read a list whose form is right."""
    body = received.body
    fields = OfferFields(
        key=_key(received.raw),
        subject=received.envelope.subject,
        list_id=body.list_id,
        municipality_number=body.municipality_number,
        deadline=body.deadline,
        persons=[_fields(person) for person in body.persons],
        replaces=body.replaces,
    )
    offer = Offer(
        list_id=body.list_id,
        municipality_number=body.municipality_number,
        deadline=body.deadline,
        persons=tuple(_offered(person) for person in body.persons),
        digest=digest(body),
        replaces=body.replaces,
        self_settlement=body.self_settlement,
    )
    return Incoming(fields, original(received.raw), offer=offer)


def confirmation(received: Received[v1.ConfirmPlacement]) -> Confirmation:
    """Read a confirmation whose form is right."""
    return Confirmation(_word(received), received.body.placed)


def withdrawal(received: Received[v1.WithdrawList | v1.WithdrawPersons]) -> Withdraw:
    """Read a withdrawal whose form is right."""
    body = received.body
    persons = body.persons if isinstance(body, v1.WithdrawPersons) else None
    return Withdraw(_word(received), WithdrawalReason(body.reason), persons)


def erasure(received: Received[v1.ErasePersons]) -> ErasePersons:
    """Read an erasure whose form is right."""
    body = received.body
    wanted = Erasing(body.persons, ErasureReason(body.reason), Papers(body.papers), body.list_words)
    return ErasePersons(_word(received), wanted)


def extension(received: Received[v1.ExtendDeadline]) -> ExtendDeadline:
    """Read an extension whose form is right."""
    return ExtendDeadline(_word(received), received.body.deadline)


def reply(received: Received[v1.ReplyInThread]) -> ReplyInThread:
    """Read what IMDi writes in a thread, where its form is right."""
    body = received.body
    return ReplyInThread(_word(received), Said(body.running_number, body.text), body.reply_id)


def address_correction(received: Received[v1.CorrectAddress]) -> CorrectAddress:
    """Read a correction of an address whose form is right."""
    body = received.body
    return CorrectAddress(_word(received), received.envelope.id, body.running_number, _address(body.address))


def _word(
    received: Received[
        v1.ConfirmPlacement
        | v1.WithdrawList
        | v1.WithdrawPersons
        | v1.ErasePersons
        | v1.ExtendDeadline
        | v1.ReplyInThread
        | v1.CorrectAddress
    ],
) -> Word:
    body = received.body
    fields = OfferFields(_key(received.raw), received.envelope.subject, body.list_id, body.municipality_number)
    return Word(fields, original(received.raw), body.list_id, body.municipality_number)


def unsound(record: Record, errors: Sequence[FieldError]) -> Incoming:
    """Read what can be read of a record with these errors, and find those that hid behind the first."""
    headers = dict(record.headers)
    kind = _text(headers.get("ce_type"))
    # The fields of a type we do not know are not ours to judge.
    value = record.value if kind is None or kind in OURS else None
    shape = [*errors, *_headers_missing(record, errors)]
    if value is not None and kind not in _WORD_TYPES and all(map(_is_of_record, errors)):
        shape += _body_errors(value)
    fields = offer_fields(_key(record), _text(headers.get("ce_subject")), value)
    return Incoming(fields, original(record), [Problem(error.path, error.code, error.message) for error in shape])


def digest(body: v1.PublishDistributionList) -> bytes:
    """Hash the content: the order of persons and whether a default was written out make no difference."""
    persons = sorted(body.persons, key=lambda person: person.running_number)
    canonical = body.model_copy(update={"persons": persons}).model_dump_json(exclude_defaults=True)
    return hashlib.sha256(canonical.encode()).digest()


def original(record: Record) -> Original:
    """Take the record as it came."""
    return Original(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        message_id=_text(dict(record.headers).get("ce_id")),
        key=record.key,
        # Kafka has headers without a value; they say nothing.
        headers=[(name, value) for name, value in record.headers if value is not None],
        value=record.value,
    )


def record_of(kept: Original) -> Record:
    """Give a kept record back as it came."""
    return Record(kept.topic, kept.partition, kept.offset, kept.timestamp, kept.key, kept.headers, kept.value)


def _headers_missing(record: Record, errors: Sequence[FieldError]) -> Iterator[FieldError]:
    """Yield the headers that are missing besides those of ``errors``: reading an envelope stops at its first."""
    there = {name for name, value in record.headers if value}
    told = {error.path for error in errors}
    for name in REQUIRED_HEADERS:
        path = f"headers.{name}"
        if name not in there and path not in told:
            yield FieldError(path, "envelope", "is missing")


def _is_of_record(error: FieldError) -> bool:
    """Whether the error is in the headers or the key: then nobody has looked at the body."""
    return error.path == "key" or error.path.startswith("headers.")


def _body_errors(value: bytes) -> list[FieldError]:
    try:
        parse(v1.PublishDistributionList, value)
    except InvalidBodyError as error:
        return error.errors
    return []


def _key(record: Record) -> str | None:
    return _text(record.key)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace").replace("\x00", "")


def _fields(person: v1.OfferedPerson) -> PersonFields:
    identity = person.identity
    return PersonFields(
        running_number=person.running_number,
        unaccompanied_minor=person.unaccompanied_minor,
        birth_year=person.birth_year,
        birth_date=identity.birth_date,
        duf_number=identity.duf_number,
        identity_number=identity.identity_number,
        has_protected_address=identity.protected_address is not None,
    )


def _offered(person: v1.OfferedPerson) -> OfferedPerson:
    return OfferedPerson(
        running_number=person.running_number,
        household=person.household,
        unaccompanied_minor=person.unaccompanied_minor,
        details=_details(person),
        identity=_identity(person.identity),
    )


def _details(person: v1.OfferedPerson) -> Details:
    return Details(
        sex=person.sex.value,
        birth_year=person.birth_year,
        nationality=person.nationality,
        languages=tuple(person.languages),
        category=person.category and person.category.value,
        earliest_arrival=person.earliest_arrival,
        education=person.education and person.education.value,
        occupation=person.occupation,
        needs=tuple(need.value for need in person.needs),
        needs_note=person.needs_note,
    )


def _identity(identity: v1.Identity) -> Identity:
    return Identity(
        given_name=identity.given_name,
        family_name=identity.family_name,
        birth_date=identity.birth_date,
        duf_number=identity.duf_number,
        identity_number=identity.identity_number,
        address=_address(identity.address),
        health_note=identity.health_note,
    )


def _address(address: v1.PostalAddress) -> Address:
    return Address(tuple(address.lines), address.postal_code, address.city)
