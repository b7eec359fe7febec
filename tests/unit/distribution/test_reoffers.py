"""What two lists know of each other, of which the one is offered in place of the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.distribution.adapters.messages import list_state
from services.distribution.domain.events import ListOfferedAgain
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import OfferFields, Surroundings, offer_problems
from services.distribution.domain.offers import receive
from services.distribution.domain.refusals import VersionConflict
from services.distribution.domain.reoffers import offered_again, replacement
from services.distribution.domain.treatment import save_decisions
from tests.unit.distribution.samples import AT, BERGEN, LIST, NO_HOUSING, OLA, OSLO, a_list, asked, body, form, incoming

NEW = "FL-2026-000200"


def new_list(municipality_id: str, replaced: DistributionList) -> DistributionList:
    offer = incoming(body(NEW, replaces=replaced.id)).offer
    assert offer is not None
    received, _ = receive(offer, municipality_id, AT, replaces=replacement(replaced, municipality_id))
    return received


def test_lists_of_one_municipality_name_each_other() -> None:
    """Both ways, in what travels."""
    old = a_list()
    new = new_list(OSLO, old)
    told, events = offered_again(old, new)
    assert events == (ListOfferedAgain(2, NEW),)
    assert (list_state(new).reoffer, list_state(new).replaces) == (True, LIST)
    assert (list_state(told).offered_again_at, list_state(told).replaced_by) == (AT, [NEW])


def test_another_municipalitys_list_is_not_named() -> None:
    """Each hears that there is one: no id of it is in what travels, nor in the fact."""
    old = a_list()
    new = new_list(BERGEN, old)
    told, events = offered_again(old, new)
    assert events == (ListOfferedAgain(2, None),)
    assert (list_state(new).reoffer, list_state(new).replaces) == (True, None)
    assert (list_state(told).offered_again_at, list_state(told).replaced_by) == (AT, [])
    assert LIST not in list_state(new).model_dump_json()
    assert NEW not in list_state(told).model_dump_json()


def test_a_page_opened_before_can_still_be_sent() -> None:
    """However often persons of the list are offered again; a colleague's change before or after still conflicts."""
    seen = a_list()
    once, _ = offered_again(seen, new_list(BERGEN, seen))
    twice, _ = offered_again(once, replace(new_list(BERGEN, seen), received_at=AT + timedelta(days=1)))
    assert (twice.version, twice.offered_again_at) == (3, AT + timedelta(days=1))
    for version in (1, 2, 3):
        decided = save_decisions(twice, form(twice, _2=NO_HOUSING), asked(version))
        assert isinstance(decided, tuple)
        assert decided[0].version == 5
    changed = save_decisions(twice, form(twice), asked(1, OLA))
    assert isinstance(changed, tuple)
    after, _ = offered_again(changed[0], new_list(BERGEN, seen))
    for version in (1, 3, 4, 7):
        assert isinstance(save_decisions(after, form(after), asked(version)), VersionConflict)
    assert isinstance(save_decisions(after, form(after), asked(5)), tuple)


def test_a_list_does_not_replace_itself() -> None:
    """That is wrong for good, and waits for nothing."""
    around = Surroundings(AT.date(), municipality_known=True, on_open_lists=(), synthetic_only=True)
    found = list(offer_problems(OfferFields("0301", LIST, LIST, "0301", replaces=LIST), around))
    assert [(problem.path, problem.code) for problem in found] == [("replaces", "replaces-itself")]
