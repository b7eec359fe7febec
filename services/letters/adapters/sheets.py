"""What a template is given: every word of the letter, ready to be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.letters.adapters.catalogue import Texts, fill, number, sender, texts
from services.letters.domain.codes import Kind
from services.letters.domain.content import Content, LetterToPerson, PlacementDecision
from services.letters.domain.text import grouped, norwegian_date, plain

Sheet = Mapping[str, Any]


def template_of(content: Content) -> Kind:
    """Tell which template sets it; the template file has the kind's name."""
    return Kind.LETTER_TO_PERSON if isinstance(content, LetterToPerson) else Kind.PLACEMENT_DECISION


def sheet_of(content: Content) -> Sheet:
    """Write the letter's data and texts as the template reads them; all from outside is made plain text."""
    kind = template_of(content)
    catalogue = texts(content.language)
    common, own = catalogue["common"], catalogue[kind]
    values = {
        "municipality": plain(content.municipality.name),
        "list": content.list_id,
        "placed": norwegian_date(content.placed_on),
        "email": sender()["email"],
        "sender": common["sender"],
    }
    if isinstance(content, LetterToPerson):
        addressee, body = _to_person(content, own, values)
    else:
        addressee, body = _to_municipality(content, common, own, values)
    title = fill(own["title"], values)
    return {
        "language": content.language,
        "title": title,
        "document_title": f"{title} – {content.list_id}",
        "day": [content.placed_on.year, content.placed_on.month, content.placed_on.day],
        "date": norwegian_date(content.placed_on),
        "reference": content.list_id,
        "sender": {**sender(), "name": common["sender"]},
        "labels": {name: common[name] for name in ("date", "reference", "page", "closing", "unsigned")},
        "addressee": addressee,
        "body": body,
    }


def _to_municipality(
    content: PlacementDecision, common: Texts, own: Texts, values: dict[str, str]
) -> tuple[list[str], Sheet]:
    count = len(content.persons)
    values = {**values, "answered": norwegian_date(content.answered_on), "count": str(count)}
    organisation = f"{common['organisation_number']} {grouped(content.municipality.organisation_number)}"
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
    return [fill(own["addressee"], values), organisation], body


def _to_person(content: LetterToPerson, own: Texts, values: dict[str, str]) -> tuple[list[str], Sheet]:
    person = content.person
    name = plain(person.name)
    facts = {
        "name": name,
        "birth_date": norwegian_date(person.birth_date),
        "duf_number": person.duf_number,
        "municipality": values["municipality"],
    }
    body = {
        "decision": fill(own["decision"], values),
        "next_heading": own["next_heading"],
        "next": own["next"],
        "facts_heading": own["facts_heading"],
        "facts": [[own["facts"][key], value] for key, value in facts.items()],
        "wrong": fill(own["wrong"], values),
        "help": own["help"],
    }
    lines = (plain(line) for line in person.address_lines)
    addressee = [name, *filter(None, lines), f"{person.postal_code} {plain(person.city)}"]
    return addressee, body
