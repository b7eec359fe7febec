"""The texts of each kind of letter, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.letters.adapters.catalogue import Texts, fill, number, texts, translation
from services.letters.adapters.sheet_parts import Sheet, enumeration, filled, municipality_addressee, places
from services.letters.domain.about import Corrected
from services.letters.domain.content import (
    AnsweredPerson,
    AnswerRecord,
    LetterToPerson,
    PlacementDecision,
    RequestLetter,
    WithdrawalLetter,
)
from services.letters.domain.text import norwegian_date, plain


@dataclass(frozen=True, slots=True)
class Body:
    """What a kind of letter says. ``closing``, ``sender``, ``labels``: where they are not the letterhead's own."""

    title: str
    addressee: list[str]
    texts: Sheet
    closing: list[str] = field(default_factory=list)
    sender: Mapping[str, str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def decision(content: PlacementDecision) -> Body:
    """Write a placement decision."""
    own = texts(content.language)["placement_decision"]
    return _decision(content, own, {"placed": norwegian_date(content.placed_on)})


def corrected(content: PlacementDecision, corrects: Corrected) -> Body:
    """Write a decision that takes the place of another: the same, but for what it says of itself."""
    catalogue = texts(content.language)
    own = {**catalogue["placement_decision"], **catalogue["corrected_decision"]}
    reason = catalogue["common"]["reason"][corrects.reason]
    return _decision(content, own, {"decided": norwegian_date(corrects.decided_on), "reason": reason})


def _decision(content: PlacementDecision, own: Texts, more: Mapping[str, str]) -> Body:
    count = len(content.persons)
    values = {**places(content), **more, "answered": norwegian_date(content.answered_on), "count": str(count)}
    body = {
        "decision": fill(number(own["decision"], count), values),
        "basis": fill(number(own["basis"], count), values),
        "persons_heading": number(own["persons_heading"], count),
        "columns": [own["columns"][name] for name in ("number", "name", "birth_date", "duf_number")],
        "rows": [
            [str(person.running_number), plain(person.name), norwegian_date(person.birth_date), person.duf_number]
            for person in content.persons
        ],
        "number_note": own["number_note"],
        "next_heading": own["next_heading"],
        "next": number(own["next"], count),
        "confidential": own["confidential"],
        "questions": fill(own["questions"], values),
    }
    addressee = municipality_addressee(content.municipality, own, content.language)
    return Body(fill(own["title"], values), addressee, body)


def to_person(content: LetterToPerson) -> Body:
    """Write the letter to a person, in its other language too where it has one."""
    own = texts(content.language)["letter_to_person"]
    values = {**places(content), "placed": norwegian_date(content.placed_on)}
    body: dict[str, Any] = {**_told_to_person(content, own, values), "translation": None}
    if content.translation:
        other = translation(content.translation)
        about, reviewed = other["about"], other["about"]["reviewed"]
        notice = own["translation"]["reviewed" if reviewed else "unreviewed"]
        body["also"] = fill(notice, {"language": about["names"][content.language]})
        body["translation"] = {
            **_told_to_person(content, other["letter_to_person"], values),
            "title": fill(other["letter_to_person"]["title"], values),
            "language": content.translation,
            "direction": about["direction"],
            "notice": about["translation" if reviewed else "unreviewed"],
        }
    person = content.person
    lines = (plain(line) for line in person.address_lines)
    addressee = [plain(person.name), *filter(None, lines), f"{person.postal_code} {plain(person.city)}"]
    return Body(fill(own["title"], values), addressee, body)


def _told_to_person(content: LetterToPerson, own: Texts, values: Mapping[str, str]) -> dict[str, Any]:
    person = content.person
    facts = {
        "name": plain(person.name),
        "birth_date": norwegian_date(person.birth_date),
        "duf_number": person.duf_number,
        "municipality": values["municipality"],
    }
    return {
        "decision": fill(own["decision"], values),
        "next_heading": own["next_heading"],
        "next": own["next"],
        "facts_heading": own["facts_heading"],
        "facts": [[own["facts"][key], value] for key, value in facts.items()],
        "wrong": fill(own["wrong"], values),
        "help": own["help"],
        "appeal_heading": own["appeal_heading"],
        "appeal": own["appeal"],
    }


def request(content: RequestLetter) -> Body:
    """Write the letter that asks for places."""
    own, asked = texts(content.language)["request"], content.requested
    values = {**places(content), "year": str(asked.year), "answer_by": norwegian_date(asked.answer_by)}
    numbers = {
        "ordinary": asked.ordinary_places,
        "minors": asked.unaccompanied_minor_places,
        "sum": asked.ordinary_places + asked.unaccompanied_minor_places,
    }
    body = {
        "ask": fill(own["ask"], values),
        "changed": fill(own["changed"], values) if asked.changed else None,
        "places_heading": own["places_heading"],
        "columns": [own["columns"]["kind"], own["columns"]["places"]],
        "rows": [[own["rows"][name], str(places)] for name, places in numbers.items()],
        "next_heading": own["next_heading"],
        "next": filled(own["next"], values),
        "questions": fill(own["questions"], values),
    }
    title = fill(own["title"]["changed" if asked.changed else "first"], values)
    return Body(title, municipality_addressee(content.municipality, own, content.language), body)


def withdrawal(content: WithdrawalLetter) -> Body:
    """Write the letter that persons were taken back: by number, for their folders are closed."""
    catalogue = texts(content.language)
    own, count = catalogue["withdrawal"], len(content.persons)
    values = {
        **places(content),
        "answered": norwegian_date(content.answered_on),
        "count": str(count),
        "persons": enumeration(content.persons, catalogue["common"]["and"]),
    }
    title = own["title"]["whole"] if content.withdrawn.whole_list else number(own["title"], count)
    body = {
        "message": fill(number(own["message"], count), values),
        "reason": catalogue["common"]["reason"][content.withdrawn.reason],
        "next_heading": own["next_heading"],
        "next": number(own["next"], count),
        "questions": fill(own["questions"], values),
    }
    return Body(fill(title, values), municipality_addressee(content.municipality, own, content.language), body)


def answer(content: AnswerRecord) -> Body:
    """Write the municipality's answer as its own paper."""
    own, given = texts(content.language)["answer"], content.answer
    accepted, count = sum(person.accepted for person in given.persons), len(given.persons)
    values = {**places(content), "accepted": str(accepted), "count": str(count)}
    how = "all" if accepted == count else "some" if accepted else "none"
    name = fill(own["sender"], values)
    message = [line for line in map(plain, given.message.splitlines()) if line]
    body = {
        "answered": fill(own["answered"][how], values),
        "late": own["late"] if given.late else None,
        "persons_heading": own["persons_heading"],
        "columns": [own["columns"][column] for column in ("number", "answer", "reason")],
        "rows": [_answered(person, own) for person in given.persons],
        "number_note": own["number_note"],
        "message_heading": own["message_heading"],
        "message": message or [own["no_message"]],
        "confidential": own["confidential"],
    }
    return Body(
        fill(own["title"], values),
        [own["addressee"]],
        body,
        closing=[plain(given.answered_by), name],
        sender={"short": name, "long": "", "name": name, "foot": name},
        labels={"unsigned": own["unsigned"]},
    )


def _answered(person: AnsweredPerson, own: Texts) -> list[str]:
    why = [own["reason"][person.reason]] if person.reason else []
    why += [text] if (text := plain(person.text)) else []
    return [str(person.running_number), own["yes" if person.accepted else "no"], ". ".join(why) or "–"]
