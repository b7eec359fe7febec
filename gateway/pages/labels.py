"""The words of every code, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from contracts import codes
from gateway.folders.looks import Channel, HealthPurpose, Part, Purpose
from gateway.language import _, marked as _n
from gateway.pages.notice_labels import GLOBALS as NOTICE_GLOBALS, NOTICE_LABELS
from gateway.pages.report_labels import REPORT_COLOURS, REPORT_LABELS

LABELS: Mapping[type[StrEnum], Mapping[Any, str]] = {
    codes.ListStatus: {
        codes.ListStatus.RECEIVED: _n("Ny"),
        codes.ListStatus.UNDER_TREATMENT: _n("Under behandling"),
        codes.ListStatus.APPROVED: _n("Godkjent, ikke sendt"),
        codes.ListStatus.ANSWERED: _n("Besvart"),
        codes.ListStatus.WITHDRAWN: _n("Trukket"),
    },
    codes.PersonStatus: {
        codes.PersonStatus.REQUESTED: _n("Forespurt"),
        codes.PersonStatus.ACCEPTED: _n("Akseptert"),
        codes.PersonStatus.DECLINED: _n("Ikke akseptert"),
        codes.PersonStatus.PLACED: _n("Søkt ut"),
        codes.PersonStatus.SETTLED: _n("Bosatt"),
        codes.PersonStatus.WITHDRAWN: _n("Trukket"),
    },
    codes.WithdrawalReason: {
        codes.WithdrawalReason.OFFERED_ELSEWHERE: _n("IMDi spør en annen kommune"),
        codes.WithdrawalReason.NEW_INFORMATION: _n("IMDi har fått nye opplysninger"),
        codes.WithdrawalReason.SENT_BY_MISTAKE: _n("Sendt ved en feil"),
        codes.WithdrawalReason.NOT_TO_BE_SETTLED: _n("Skal ikke lenger bosettes"),
        codes.WithdrawalReason.OTHER: _n("Annen grunn hos IMDi"),
    },
    codes.DeclineReason: {
        codes.DeclineReason.NO_SUITABLE_HOUSING: _n("Vi har ikke egnet bolig"),
        codes.DeclineReason.NO_HEALTH_SERVICES: _n("Vi kan ikke gi nødvendige helsetjenester"),
        codes.DeclineReason.NO_SCHOOL_OR_CHILDCARE: _n("Vi har ikke plass i skole eller barnehage"),
        codes.DeclineReason.CAPACITY_REACHED: _n("Kapasiteten vår er nådd"),
        codes.DeclineReason.ADAPTATION_NEEDS_NOT_MET: _n("Vi kan ikke dekke behovet for tilrettelegging"),
        codes.DeclineReason.SECURITY: _n("Hensyn til sikkerhet"),
        codes.DeclineReason.FAMILY_TIES_ELSEWHERE: _n("Personen har familie i en annen kommune"),
        codes.DeclineReason.OTHER: _n("Annet"),
    },
    codes.SplitReason: {
        codes.SplitReason.NO_HOME_FOR_ALL: _n("Vi har ikke bolig med plass til alle"),
        codes.SplitReason.SERVICES_NOT_FOR_ALL: _n("Noen av dem trenger tjenester vi ikke har"),
        codes.SplitReason.AGREED_WITH_IMDI: _n("Avtalt med IMDi"),
        codes.SplitReason.OTHERS_MAY_FOLLOW: _n("Vi kan ta imot de andre senere"),
        codes.SplitReason.OTHER: _n("Annet"),
    },
    codes.ListChangeKind: {
        codes.ListChangeKind.SAVED: _n("Lagret"),
        codes.ListChangeKind.APPROVED: _n("Godkjente listen"),
        codes.ListChangeKind.RETURNED: _n("Tok listen tilbake til behandling"),
        codes.ListChangeKind.SENT: _n("Sendte svaret til IMDi"),
    },
    codes.PlaceKind: {
        codes.PlaceKind.ORDINARY: _n("Ordinære plasser"),
        codes.PlaceKind.UNACCOMPANIED_MINOR: _n("Enslige mindreårige (EM)"),
    },
    codes.Movement: {
        codes.Movement.AGREED: _n("Avtalt"),
        codes.Movement.REQUESTED: _n("Forespurt"),
        codes.Movement.RELEASED: _n("Ikke akseptert, frigitt"),
        codes.Movement.PLACED: _n("Søkt ut"),
        codes.Movement.SETTLED: _n("Bosatt"),
        codes.Movement.WITHDRAWN: _n("Trukket av IMDi, frigitt"),
        codes.Movement.CORRECTED: _n("Rettet"),
    },
    codes.Sex: {
        codes.Sex.FEMALE: _n("Kvinne"),
        codes.Sex.MALE: _n("Mann"),
        codes.Sex.UNKNOWN: _n("Ukjent"),
    },
    codes.Category: {
        codes.Category.ASYLUM: _n("Innvilget asyl"),
        codes.Category.RESETTLEMENT: _n("Overføringsflyktning"),
        codes.Category.COLLECTIVE_PROTECTION: _n("Kollektiv beskyttelse"),
        codes.Category.FAMILY_REUNIFICATION: _n("Familiegjenforening"),
    },
    codes.Education: {
        codes.Education.NONE: _n("Ingen"),
        codes.Education.PRIMARY: _n("Barneskole"),
        codes.Education.LOWER_SECONDARY: _n("Ungdomsskole"),
        codes.Education.UPPER_SECONDARY: _n("Videregående skole"),
        codes.Education.VOCATIONAL: _n("Fagutdanning"),
        codes.Education.HIGHER: _n("Høyere utdanning"),
        codes.Education.UNKNOWN: _n("Ukjent"),
    },
    codes.Need: {
        codes.Need.STEP_FREE_HOME: _n("Bolig uten trapper"),
        codes.Need.WHEELCHAIR_ACCESS: _n("Tilpasset rullestol"),
        codes.Need.GROUND_FLOOR: _n("Bolig på bakkeplan"),
        codes.Need.NEAR_HOSPITAL: _n("Nær sykehus"),
        codes.Need.REGULAR_MEDICAL_FOLLOW_UP: _n("Jevnlig medisinsk oppfølging"),
        codes.Need.MENTAL_HEALTH_FOLLOW_UP: _n("Oppfølging av psykisk helse"),
        codes.Need.INTERPRETER_SIGN_LANGUAGE: _n("Tegnspråktolk"),
        codes.Need.SPECIAL_EDUCATION: _n("Spesialundervisning"),
    },
    codes.Role: {
        codes.Role.SETTLEMENT_WRITER: _n("Kan svare"),
        codes.Role.SETTLEMENT_READER: _n("Lesetilgang"),
    },
    codes.LetterKind: {
        codes.LetterKind.PLACEMENT_DECISION: _n("Vedtak om bosetting"),
        codes.LetterKind.LETTER_TO_PERSON: _n("Brev til personen"),
        codes.LetterKind.REQUEST: _n("Anmodning om bosetting"),
        codes.LetterKind.WITHDRAWAL: _n("Melding om trekk"),
        codes.LetterKind.CORRECTED_DECISION: _n("Endret vedtak om bosetting"),
        codes.LetterKind.ANSWER: _n("Kommunens svar"),
    },
    codes.LetterLanguage: {
        codes.LetterLanguage.BOKMAAL: _n("bokmål"),
        codes.LetterLanguage.NYNORSK: _n("nynorsk"),
    },
    codes.DispatchStatus: {
        codes.DispatchStatus.RECEIVED: _n("Sendt"),
        codes.DispatchStatus.ACCEPTED: _n("Sendt"),
        codes.DispatchStatus.REJECTED: _n("Avvist av SvarUt"),
        codes.DispatchStatus.NOTIFIED: _n("Mottakeren er varslet"),
        codes.DispatchStatus.READ: _n("Lest"),
        codes.DispatchStatus.SENT_TO_PRINT: _n("Skrives ut på papir"),
        codes.DispatchStatus.PRINTED: _n("Sendt på papir"),
        codes.DispatchStatus.HANDLED_MANUALLY: _n("Stanset i SvarUt"),
        codes.DispatchStatus.SENT_DIGITALLY: _n("Levert digitalt, ikke lest"),
        codes.DispatchStatus.SENT_TO_MAILBOX: _n("Sendt til digital postkasse"),
        codes.DispatchStatus.DELIVERED_TO_MAILBOX: _n("Levert i digital postkasse"),
        codes.DispatchStatus.READY_FOR_COLLECTION: _n("Klart til å hentes"),
        codes.DispatchStatus.NOT_DELIVERED: _n("Ikke levert"),
    },
    codes.DispatchFailure: {
        codes.DispatchFailure.REFUSED: _n("Kunne ikke sendes"),
        codes.DispatchFailure.FOLDER_CLOSED: _n("Ikke sendt: personen er trukket"),
    },
    HealthPurpose: {
        HealthPurpose.HOUSING: _n("Finne eller tilpasse bolig"),
        HealthPurpose.HEALTH_SERVICES: _n("Avtale fastlege eller andre helsetjenester"),
        HealthPurpose.SCHOOL_OR_CHILDCARE: _n("Forberede skole eller barnehage"),
        HealthPurpose.RECEPTION: _n("Forberede reisen og mottaket"),
        HealthPurpose.OTHER: _n("Annet"),
    },
    Purpose: {
        Purpose.SETTLEMENT: _n("Bosetting"),
        Purpose.HOUSING: _n("Finne eller tilpasse bolig"),
        Purpose.HEALTH_SERVICES: _n("Avtale fastlege eller andre helsetjenester"),
        Purpose.SCHOOL_OR_CHILDCARE: _n("Forberede skole eller barnehage"),
        Purpose.RECEPTION: _n("Forberede reisen og mottaket"),
        Purpose.OTHER: _n("Annet"),
    },
    Part: {
        Part.IDENTIFIED: _n("Hvem personen er"),
        Part.HEALTH: _n("Hvem personen er, og helseopplysninger"),
        Part.SEARCH: _n("Funnet med DUF-nummeret"),
        Part.LETTER: _n("Navnet i et brev"),
        Part.ARCHIVE: _n("Navnet i en arkivpakke"),
    },
    Channel: {
        Channel.PAGE: _n("På nettsidene"),
        Channel.API: _n("Fra kommunens fagsystem"),
    },
    codes.ContactRole: {
        codes.ContactRole.SETTLEMENT_WRITER: _n("Får varsler om lister"),
        codes.ContactRole.ESCALATION: _n("Varsles når en frist er brutt"),
    },
    codes.MailFailure: {
        codes.MailFailure.REFUSED: _n("Adressen blir avvist"),
        codes.MailFailure.GAVE_UP: _n("E-posttjeneren har bedt oss vente i to døgn"),
        codes.MailFailure.UNSURE: _n("Ingen vet om e-posten kom fram"),
        codes.MailFailure.BOUNCED: _n("E-posten kommer i retur"),
    },
    **REPORT_LABELS,
    **NOTICE_LABELS,
}

COLOURS: Mapping[StrEnum, str] = {
    codes.ListStatus.RECEIVED: "info",
    codes.ListStatus.UNDER_TREATMENT: "warning",
    codes.ListStatus.APPROVED: "brand2",
    codes.ListStatus.ANSWERED: "success",
    codes.ListStatus.WITHDRAWN: "neutral",
    codes.PersonStatus.REQUESTED: "info",
    codes.PersonStatus.ACCEPTED: "success",
    codes.PersonStatus.DECLINED: "neutral",
    codes.PersonStatus.PLACED: "brand1",
    codes.PersonStatus.SETTLED: "success",
    codes.PersonStatus.WITHDRAWN: "neutral",
    codes.DispatchStatus.RECEIVED: "info",
    codes.DispatchStatus.ACCEPTED: "info",
    codes.DispatchStatus.REJECTED: "danger",
    codes.DispatchStatus.NOTIFIED: "info",
    codes.DispatchStatus.READ: "success",
    codes.DispatchStatus.SENT_TO_PRINT: "info",
    codes.DispatchStatus.PRINTED: "success",
    codes.DispatchStatus.HANDLED_MANUALLY: "warning",
    codes.DispatchStatus.SENT_DIGITALLY: "warning",
    codes.DispatchStatus.SENT_TO_MAILBOX: "info",
    codes.DispatchStatus.DELIVERED_TO_MAILBOX: "success",
    codes.DispatchStatus.READY_FOR_COLLECTION: "info",
    codes.DispatchStatus.NOT_DELIVERED: "danger",
    codes.DispatchFailure.REFUSED: "danger",
    codes.DispatchFailure.FOLDER_CLOSED: "neutral",
    **REPORT_COLOURS,
}
"""Designsystemet's colour of a status; its word always stands beside it."""


def label(code: StrEnum) -> str:
    """Give the word of a code, in the page's language. A code that is newer than these words shows as itself."""
    text = LABELS.get(type(code), {}).get(code)
    return _(text) if text else code.value


def lower_first(text: str) -> str:
    """Give a code's word as it stands inside a sentence; an abbreviation such as IMDi stays what it is."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Value and word of each code, in their order, for a select."""
    return [(code.value, label(code)) for code in kind]


def colour(code: StrEnum) -> str:
    """Give the colour of a status."""
    return COLOURS.get(code, "neutral")


GLOBALS: Mapping[str, Callable[..., object]] = {
    "label": label,
    "choices": choices,
    "colour": colour,
    **NOTICE_GLOBALS,
}
