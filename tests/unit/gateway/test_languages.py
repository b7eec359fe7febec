"""Which language a page is in, and how one changes it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from contracts.codes import ListStatus, PersonStatus
from gateway import language
from gateway.auth.users import Access
from gateway.folders.looks import Part
from gateway.language import BOKMAAL, ENGLISH, LANGUAGES, NYNORSK, accepted, using
from gateway.pages import format as formats
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, WRITER, act, folder, one_list, placed_person, user

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/bosetting/fordelinger/{LIST}"
HEADING = {"nb": "Arbeidsflate", "nn": "Arbeidsflate", "en": "Work surface"}
WAITING = {"nb": "Venter på svar", "nn": "Ventar på svar", "en": "Awaiting an answer"}
REPORTS = f"{ROOT}/bosetting/innmeldinger"
HOUSEHOLD, CORRECTION = f"{PAGE}/husstand/1", f"{PAGE}/personer/2/bosettingsdato"
PLACED = one_list(placed_person(1), placed_person(2, PersonStatus.SETTLED), status=ListStatus.ANSWERED, answered=act())
WHOLE_YEAR = {"ordinare": "20", "em": "0", "vedtaksdato": "2026-11-20", "saksnummer": "2026/1234"}
IN_NYNORSK = replace(WRITER, language="nn")


def shown(found: Desktop, path: str = f"{ROOT}/arbeidsflate", **headers: str) -> str:
    """Give the language of a page, once all that tells it agrees."""
    answer = found.client.get(path, headers=headers, follow_redirects=False)
    tag = answer.headers["content-language"]
    assert f'<html lang="{tag}"' in answer.text
    assert answer.text.count('aria-current="true"') >= 1
    if path.endswith("arbeidsflate"):
        assert WAITING[tag] in answer.text
    return str(tag)


def test_the_users_choice_comes_first() -> None:
    """Before the municipality's form, and before what the browser asks for."""
    found = Desktop(replace(user(IN_NYNORSK), language="en"))
    assert shown(found, **{"Accept-Language": "nb"}) == "en"


def test_then_the_municipalitys_form() -> None:
    """Who has chosen nothing reads what the municipality has resolved; a neutral one leaves it to the browser."""
    asks_for = {"Accept-Language": "en"}
    assert shown(Desktop(user(IN_NYNORSK)), **asks_for) == "nn"
    assert shown(Desktop(user(replace(WRITER, language="nb"))), **asks_for) == "nb"
    assert shown(Desktop(user()), **asks_for) == "en"
    assert shown(Desktop(user())) == "nb"


def test_on_a_page_of_no_municipality_theirs_count_where_they_agree() -> None:
    """Two municipalities of different forms leave the choice of a common page to the browser."""
    other = Access("k-4601", "Bergen", WRITER.role, "nb")
    assert shown(Desktop(user(IN_NYNORSK)), "/hjelp") == "nn"
    assert shown(Desktop(user(IN_NYNORSK, other)), "/hjelp", **{"Accept-Language": "en"}) == "en"
    assert shown(Desktop(user(IN_NYNORSK, other)), **{"Accept-Language": "en"}) == "nn"


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "nb"),
        ("nn", "nn"),
        ("no", "nb"),
        ("nn-NO, nb;q=0.8, en;q=0.6", "nn"),
        ("en-US,en;q=0.9", "en"),
        ("uk, en;q=0.5, nb;q=0.4", "en"),
        ("en;q=0.2, nn;q=0.9", "nn"),
        ("en;q=0", "nb"),
        ("de, fr", "nb"),
        ("*", "nb"),
        ("en;q=x, ;;, nn;q=0.1", "nn"),
    ],
)
def test_the_browsers_wish_is_read_by_weight(header: str, tag: str) -> None:
    """RFC 9110 §12.5.4; ``no`` is bokmål, what is none of ours is passed over, and what is odd breaks nothing."""
    assert accepted(header, BOKMAAL).tag == tag
    assert shown(Desktop(), "/", **{"Accept-Language": header}) == tag


def test_a_stranger_chooses_by_a_cookie_and_the_login_makes_it_the_users() -> None:
    """It holds on the next pages; after the login it is the user's own, and the browser forgets it."""
    found = Desktop()
    answer = found.client.post("/sprak", data={"sprak": "nn", "neste": "/hjelp"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/hjelp")
    assert answer.headers["set-cookie"].startswith("__Host-sprak=nn;")
    assert shown(found, "/hjelp", **{"Accept-Language": "en"}) == "nn"
    state = found.get("/logg-inn").headers["location"].partition("state=")[2]
    found.provider.claims_found = {"sub": "kari", "name": "Kari"}
    back = found.get(f"/logg-inn/retur?code=c&state={state}")
    assert back.status_code == 303
    assert list(found.preferences.kept.values()) == ["nn"]
    assert "__Host-sprak" not in found.client.cookies


def test_a_users_choice_is_kept_with_the_user() -> None:
    """No cookie: who uses the browser next is not asked to read it."""
    found = Desktop(user(IN_NYNORSK))
    answer = found.client.post("/sprak", data={"sprak": "en", "neste": PAGE + "?lagret=1"}, follow_redirects=False)
    assert answer.headers["location"] == PAGE + "?lagret=1"
    assert "set-cookie" not in answer.headers
    assert shown(found) == "en"
    assert found.preferences.kept == {("u-1", "language"): "en"}


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "/kommune/\\x", "", "/logg-ut"]
)
def test_changing_the_language_leads_to_our_pages_only(wanted: str) -> None:
    """No address of another site is gone to."""
    answer = Desktop().client.post("/sprak", data={"sprak": "nn", "neste": wanted}, follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("tag", ["", "de", "nb\x00", "../nn"])
def test_a_language_that_is_none_of_ours_is_refused(tag: str) -> None:
    """400, nothing kept."""
    found = Desktop(user())
    assert found.client.post("/sprak", data={"sprak": tag}).status_code == 400
    assert found.preferences.kept == {}


def test_every_page_has_the_switch_and_comes_back_to_itself() -> None:
    """A page that an address is nowhere of too; after a form was sent, to the page it was on."""
    found = Desktop(user(), FakeReader({LIST: one_list()}))
    for path in (f"{ROOT}/arbeidsflate?varsler=alle", PAGE, "/hjelp", "/nothing", f"{ROOT}/bosetting/fordelinger/x"):
        text = found.get(path).text
        assert f'name="neste" value="{path}"' in text
        for one in LANGUAGES.values():
            assert f'lang="{one.tag}" value="{one.tag}"' in text
            assert f">{one.name}</button>" in text
    refused = found.post(f"{PAGE}/svar", {"handling": "godkjenn"})
    assert refused.status_code == 422
    assert f'name="neste" value="{PAGE}"' in refused.text


def test_what_fails_is_told_in_the_readers_language() -> None:
    """Also where no route was found, and where the session could not be looked up."""
    found = Desktop()
    found.client.headers["Accept-Language"] = "nn"
    assert "Vi finn ikkje sida" in found.get("/nothing").text
    found.sessions.broken = ConnectionError()
    found.client.cookies.set("__Host-okt", "x")
    answer = found.get(f"{ROOT}/arbeidsflate")
    assert (answer.status_code, answer.headers["content-language"]) == (503, "nn")
    assert "Tenesta er ikkje tilgjengeleg akkurat no" in answer.text


def test_caches_are_told_what_the_language_was_chosen_by() -> None:
    """Vary names header and cookie, and a file of another kind has no language."""
    found = Desktop(user(), FakeReader({LIST: one_list()}))
    vary = found.get("/hjelp").headers["vary"]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in vary.split(",")}
    assert "content-language" not in found.get("/livez").headers


@pytest.mark.parametrize(
    ("language_", "day", "moment", "week", "number", "share"),
    [
        (BOKMAAL, "22.05.2017", "22.05.2017 kl. 14.05", "uke 12, 2026", "−1\u00a0850", "12,5\u00a0%"),
        (NYNORSK, "22.05.2017", "22.05.2017 kl. 14.05", "veke 12, 2026", "−1\u00a0850", "12,5\u00a0%"),
        (ENGLISH, "22 May 2017", "22 May 2017, 14:05", "week 12, 2026", "−1,850", "12.5%"),
    ],
    ids=lambda value: value.tag if isinstance(value, language.Language) else None,
)
def test_dates_weeks_and_numbers_are_those_of_the_language(
    language_: language.Language, day: str, moment: str, *, week: str, number: str, share: str
) -> None:
    """By the same helpers everywhere; Norwegian time."""
    with using(language_):
        assert formats.day(date(2017, 5, 22)) == day
        assert formats.moment(datetime(2017, 5, 22, 12, 5, tzinfo=UTC)) == moment
        assert formats.week_name("2026-W12") == week
        assert formats.number(-1850) == number
        assert formats.percent(0.125) == share


@pytest.mark.parametrize(
    ("language_", "one", "many"),
    [(BOKMAAL, "1 dag igjen", "3 dager igjen"), (NYNORSK, "1 dag igjen", "3 dagar igjen"),
     (ENGLISH, "1 day left", "3 days left")],
)  # fmt: skip
def test_plurals_are_those_of_the_language(language_: language.Language, one: str, many: str) -> None:
    """One is one, and all else is many."""
    with using(language_):
        text = [language.ngettext("%(days)s dag igjen", "%(days)s dager igjen", n) % {"days": n} for n in (1, 3)]
    assert text == [one, many]


def test_the_days_of_a_week_are_short_in_english() -> None:
    """A month's name is said once where both days are in it; in Norwegian both days are written out."""
    assert formats.week_days("2026-W48") == "23.11.2026–29.11.2026"
    with using(ENGLISH):
        assert re.sub(r"\s", " ", formats.week_days("2026-W48")) == "23–29 Nov 2026"
        assert re.sub(r"\s", " ", formats.week_days("2026-W53")) == "28 Dec 2026 – 3 Jan 2027"


def test_countries_and_languages_are_named_in_the_language() -> None:
    """By CLDR, as the dates."""
    with using(ENGLISH):
        assert (formats.country("SY"), formats.language_name("ar")) == ("Syria", "Arabic")
        assert formats.country(None) == "Stateless or unknown"


def test_words_in_norwegian_are_tagged_on_an_english_page() -> None:
    """What IMDi and the municipality have written is not read out as English; on Norwegian pages it needs no mark."""
    reader = FakeReader({LIST: one_list(message="Ring oss først.")})
    for tag, attribute in (("en", ' lang="no"'), ("nn", ""), ("nb", "")):
        text = Desktop(replace(user(replace(WRITER, language=None)), language=tag), reader).get(f"{PAGE}/utskrift").text
        assert f'<p class="typed" dir="auto"{attribute}>Ring oss først.</p>' in text


TYPED = [
    (PAGE, f"{PAGE}/svar", {"beskjed": "Til IMDi", "grunn-2": "other", "tekst-2": "Skrevet om 2"}, one_list()),
    (f"{ROOT}/vedtak/2027", f"{ROOT}/vedtak/2027", {"saksnummer": "sak 77", "ordinare": "x"}, None),
    (f"{ROOT}/vedtak/2027", f"{ROOT}/vedtak/2027", WHOLE_YEAR, None),
    (f"{REPORTS}/boliger/ny", "", {"omrade": "Nær skole", "antall": "2"}, None),
    (f"{REPORTS}/antall-plasser", f"{REPORTS}/antall-plasser/weekly-places", {"uke-2026-W48": "7"}, None),
    (HOUSEHOLD, f"{HOUSEHOLD}/bosatt", {"dato": "2026-11-23"}, PLACED),
    (HOUSEHOLD, f"{HOUSEHOLD}/bosatt", {"dato": "2026-11-24", "flyttet-1": "ja"}, PLACED),
    (CORRECTION, CORRECTION, {"rettet-grunn": "Skrevet feil", "rettet-dato": ""}, PLACED),
]


@pytest.mark.parametrize(("path", "action", "typed", "kept"), TYPED)
def test_changing_the_language_loses_nothing_typed(
    path: str, action: str, typed: dict[str, str], kept: OneList | None
) -> None:
    """On a page with a form the switch is a button of it, the last: what is typed comes back, and nothing is sent."""
    found = Desktop(user(), FakeReader({LIST: kept} if kept else {}))
    text = found.get(path).text
    switch = re.search(r'<button[^>]* value="nn"[^>]* form="([a-z]+)" name="bytt-sprak"', text)
    assert switch
    form = re.search(rf'<form[^>]* id="{switch[1]}"[^>]*>', text)
    assert form
    address = re.search(r'action="([^"]+)"', form[0])
    assert address
    assert address[1] == (action or address[1])
    assert text.index("<button", form.start()) < switch.start(), "Enter must not press it"
    hidden = dict(re.findall(r'<input type="hidden" name="(skjema|versjon|svarskjema|sett)" value="([^"]*)">', text))
    answer = found.post(address[1], hidden | typed | {"bytt-sprak": "nn"})
    assert (answer.status_code, answer.headers["content-language"]) == (200, "nn")
    assert found.desk.sent == []
    assert found.preferences.kept == {("u-1", "language"): "nn"}
    assert "ds-error-summary" not in answer.text
    assert 'aria-invalid="true"' not in answer.text
    for value in typed.values():
        assert f">{value}<" in answer.text or f'value="{value}"' in answer.text or f"{value}</textarea>" in answer.text
    assert f'name="skjema" value="{hidden["skjema"]}"' in answer.text


def test_a_purpose_that_is_being_written_stays_and_opens_nothing() -> None:
    """The switch on a person's folder belongs to the form of its health part, and is no request to see that."""
    found = Desktop(user(), FakeReader({LIST: PLACED}, folders={(LIST, 1): folder(1)}))
    text = found.get(f"{PAGE}/personer/1").text
    assert 'value="nn" form="formalsskjema" name="bytt-sprak"' in text
    typed = {"formal": "other", "formalstekst": "Finne tolk", "bytt-sprak": "nn"}
    answer = found.post(f"{PAGE}/personer/1/helse", typed)
    assert (answer.status_code, answer.headers["content-language"]) == (200, "nn")
    assert ">Finne tolk</textarea>" in answer.text
    assert 'value="other" checked' in answer.text
    assert {wanted.part for _, wanted, _ in found.looks.written} == {Part.IDENTIFIED}


def test_a_question_about_an_approved_list_stays() -> None:
    """There the question has a form of its own."""
    approved = one_list(status=ListStatus.APPROVED, approved=act())
    found = Desktop(user(), FakeReader({LIST: approved}))
    assert 'value="nn" form="sporsmalsskjema" name="bytt-sprak"' in found.get(PAGE).text
    form = {"skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11", "versjon": "1", "gjelder": "2"}
    for text in ("Holder det med heis?", ""):
        answer = found.post(f"{PAGE}/sporsmal", form | {"sporsmal": text, "bytt-sprak": "nn"})
        assert (answer.status_code, answer.headers["content-language"]) == (200, "nn")
        assert f">\n{text}</textarea>" in answer.text
        assert 'value="2" selected' in answer.text
    assert found.desk.sent == []


def test_a_language_in_a_form_of_another_site_is_not_kept() -> None:
    """The form's token is looked at before the choice is."""
    found = Desktop(user(), FakeReader({LIST: one_list()}))
    assert found.client.post(f"{PAGE}/svar", data={"bytt-sprak": "nn"}).status_code == 403
    assert found.preferences.kept == {}


def test_another_site_does_not_choose_the_language() -> None:
    """The one form without a token: what a browser says comes from another site is refused, and nothing is kept."""
    found = Desktop(user())
    for made_by, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 303)):
        headers = {"sec-fetch-site": made_by}
        answer = found.client.post("/sprak", data={"sprak": "nn"}, headers=headers, follow_redirects=False)
        assert answer.status_code == status
        assert found.preferences.kept == ({("u-1", "language"): "nn"} if status == 303 else {})
