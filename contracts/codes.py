"""Codes that several messages share. Values are what travels; a page translates them."""

from __future__ import annotations

from enum import StrEnum


class PlaceKind(StrEnum):
    """Ordinary places and places for unaccompanied minors (EM) are agreed and counted apart."""

    ORDINARY = "ordinary"
    UNACCOMPANIED_MINOR = "unaccompanied_minor"


class Movement(StrEnum):
    """What an entry of the ledger of places tells.

    Agreed: a resolution. Corrected: a person's place went back, or to another year or kind. The others: what happened
    to persons of a list.
    """

    AGREED = "agreed"
    REQUESTED = "requested"
    RELEASED = "released"
    PLACED = "placed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class ListStatus(StrEnum):
    """Life of a distribution list: received → under treatment ⇄ approved → answered; withdrawn ends each of them."""

    RECEIVED = "received"
    UNDER_TREATMENT = "under_treatment"
    APPROVED = "approved"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class PersonStatus(StrEnum):
    """Where a requested person stands: forespurt, akseptert, avslått, søkt ut, bosatt, trukket."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PLACED = "placed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class WithdrawalReason(StrEnum):
    """Why IMDi takes a person or a list back. Codes alone: nothing said of a person may follow from one."""

    OFFERED_ELSEWHERE = "offered_elsewhere"
    """Another municipality is asked instead."""
    NEW_INFORMATION = "new_information"
    """What was told of the person no longer holds; a new list may follow."""
    SENT_BY_MISTAKE = "sent_by_mistake"
    NOT_TO_BE_SETTLED = "not_to_be_settled"
    """The person needs no settlement any more."""
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why a municipality cannot settle a person; never nationality, religion or family status."""

    NO_SUITABLE_HOUSING = "no_suitable_housing"
    NO_HEALTH_SERVICES = "no_health_services"
    NO_SCHOOL_OR_CHILDCARE = "no_school_or_childcare"
    CAPACITY_REACHED = "capacity_reached"
    ADAPTATION_NEEDS_NOT_MET = "adaptation_needs_not_met"
    SECURITY = "security"
    FAMILY_TIES_ELSEWHERE = "family_ties_elsewhere"
    OTHER = "other"


class SplitReason(StrEnum):
    """Why a municipality accepts some of a household and declines others; never family status."""

    NO_HOME_FOR_ALL = "no_home_for_all"
    SERVICES_NOT_FOR_ALL = "services_not_for_all"
    """Some of them need what the municipality does not have: health services, a school, adaptation."""
    AGREED_WITH_IMDI = "agreed_with_imdi"
    OTHERS_MAY_FOLLOW = "others_may_follow"
    """The municipality can take the others later."""
    OTHER = "other"


class ListChangeKind(StrEnum):
    """What somebody in the municipality did with a list: Lagre, Godkjenn, Tilbake til behandling, Send svar."""

    SAVED = "saved"
    APPROVED = "approved"
    RETURNED = "returned"
    SENT = "sent"


class Role(StrEnum):
    """What an actor may do for a municipality: bosetter-skriv, bosetter-les; IMDi and the system act too."""

    SETTLEMENT_WRITER = "settlement_writer"
    SETTLEMENT_READER = "settlement_reader"
    IMDI = "imdi"
    SYSTEM = "system"


class LanguageForm(StrEnum):
    """The form state bodies must write to a municipality in (språkvedtak); neutral sets no demand."""

    BOKMAAL = "bokmål"
    NYNORSK = "nynorsk"
    NEUTRAL = "neutral"


class LetterLanguage(StrEnum):
    """The written form of a letter."""

    BOKMAAL = "nb"
    NYNORSK = "nn"


class Sex(StrEnum):
    """As IMDi states it."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """On what ground a person is to be settled."""

    ASYLUM = "asylum"
    RESETTLEMENT = "resettlement"
    COLLECTIVE_PROTECTION = "collective_protection"
    FAMILY_REUNIFICATION = "family_reunification"


class Education(StrEnum):
    """Highest completed education."""

    NONE = "none"
    PRIMARY = "primary"
    LOWER_SECONDARY = "lower_secondary"
    UPPER_SECONDARY = "upper_secondary"
    VOCATIONAL = "vocational"
    HIGHER = "higher"
    UNKNOWN = "unknown"


class Need(StrEnum):
    """Adaptation and health needs that matter for where a person can be settled."""

    STEP_FREE_HOME = "step_free_home"
    WHEELCHAIR_ACCESS = "wheelchair_access"
    GROUND_FLOOR = "ground_floor"
    NEAR_HOSPITAL = "near_hospital"
    REGULAR_MEDICAL_FOLLOW_UP = "regular_medical_follow_up"
    MENTAL_HEALTH_FOLLOW_UP = "mental_health_follow_up"
    INTERPRETER_SIGN_LANGUAGE = "interpreter_sign_language"
    SPECIAL_EDUCATION = "special_education"


class ProtectedAddress(StrEnum):
    """Kode 6 and 7: a person with one may not be on a distribution list."""

    STRICTLY_CONFIDENTIAL = "6"
    CONFIDENTIAL = "7"


class NoticeKind(StrEnum):
    """What a notice on the work surface tells."""

    LIST_RECEIVED = "list_received"
    LIST_ANSWERED = "list_answered"
    LIST_WITHDRAWN = "list_withdrawn"
    PERSONS_WITHDRAWN = "persons_withdrawn"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_TODAY = "deadline_today"
    LIST_OVERDUE = "list_overdue"
    DEADLINE_EXTENDED = "deadline_extended"
    IMDI_WROTE = "imdi_wrote"
    COLLEAGUE_APPROVED = "colleague_approved"
    """Where the municipality wants another one to send than the one who approved: the list waits for that one."""
    LETTER_UNREAD = "letter_unread"
    """A letter of the list has been in its receiver's digital inbox for a day, unread: it will go as paper."""
    LETTER_TO_PAPER = "letter_to_paper"
    """A letter of the list goes as paper."""
    SETTLEMENT_DATE_MISSING = "settlement_date_missing"
    """Placed persons of the list should have moved in by now, and no settlement date is registered."""


class NoticeDelivery(StrEnum):
    """How somebody wants to hear of a kind of notice; each is on the work surface in any case."""

    AT_ONCE = "at_once"
    """An e-mail about each."""
    DAILY = "daily"
    """One e-mail about all of them at 07:30 in Norway, on working days."""
    SURFACE = "surface"
    """No e-mail."""


class MailFailure(StrEnum):
    """Why an e-mail about a notice is not known to have been sent."""

    REFUSED = "refused"
    """The mail server, or the receiver's, refuses it for good: the address may be wrong."""
    GAVE_UP = "gave_up"
    """It was put off for so long that another try makes no sense."""
    UNSURE = "unsure"
    """The connection or the process ended while it was handed over: it may have arrived. It is not sent again."""
    BOUNCED = "bounced"
    """The mail server took it, and reported later that it could not be delivered."""


class MailDecision(StrEnum):
    """What operations decided about an e-mail that is not known to have been sent."""

    RESEND = "resend"
    """It is sent again."""
    ARRIVED = "arrived"
    """It is known to have arrived, or its receiver to know."""


class LetterKind(StrEnum):
    """What letters makes: letters that are sent, and the answer kept for the municipality's archive."""

    PLACEMENT_DECISION = "placement_decision"
    """Vedtak om bosetting, to the municipality."""
    LETTER_TO_PERSON = "letter_to_person"
    REQUEST = "request"
    """Anmodningsbrev, to the municipality: how many IMDi asks it to settle in a year."""
    WITHDRAWAL = "withdrawal"
    """To the municipality: IMDi takes persons back whom it had accepted."""
    CORRECTED_DECISION = "corrected_decision"
    """Endret vedtak, to the municipality: a decision named somebody who was withdrawn since."""
    ANSWER = "answer"
    """The municipality's answer to a list, as it stands in IMDi's; it is sent to nobody."""


class LetterFailure(StrEnum):
    """Why a planned letter was not made."""

    FOLDER_CLOSED = "folder_closed"
    """The folders of all persons it is about were closed before it could be made."""
    CANNOT_BE_RENDERED = "cannot_be_rendered"
    """Its text cannot be set as a PDF that everybody can read: operations must look at it."""
    NOT_NEEDED = "not_needed"
    """The decision it was to correct was made anew before it was sent."""
    ENDED_ITS_WORKERS = "ended_its_workers"
    """What sets letters died of it, or did not come to an end, three times: operations must look at it."""


class DispatchStatus(StrEnum):
    """Where a letter is on its way to its receiver, in SvarUt's order; SvarUt's own word stands beside each."""

    RECEIVED = "received"
    """MOTTATT: SvarUt has it."""
    ACCEPTED = "accepted"
    """AKSEPTERT: checked, on its way."""
    REJECTED = "rejected"
    """AVVIST: SvarUt will not deliver it."""
    NOTIFIED = "notified"
    """VARSLET: in the receiver's digital inbox, unread."""
    READ = "read"
    """LEST: opened by the receiver."""
    SENT_TO_PRINT = "sent_to_print"
    """SENDT_PRINT: goes as paper, for it was not read in time or the receiver has no digital inbox."""
    PRINTED = "printed"
    """PRINTET: posted as paper."""
    HANDLED_MANUALLY = "handled_manually"
    """MANUELT_HANDTERT: stopped by hand at SvarUt."""
    SENT_DIGITALLY = "sent_digitally"
    """SENDT_DIGITALT: digital only, not read in time."""
    SENT_TO_MAILBOX = "sent_to_mailbox"
    """SENDT_SDP: on its way to Digipost or e-Boks."""
    DELIVERED_TO_MAILBOX = "delivered_to_mailbox"
    """LEVERT_SDP: in Digipost or e-Boks."""
    READY_FOR_COLLECTION = "ready_for_collection"
    """KLAR_FOR_MOTTAK: waits for the receiver's own system to fetch it."""
    NOT_DELIVERED = "not_delivered"
    """IKKE_LEVERT: could not be delivered."""


class DispatchFailure(StrEnum):
    """Why a letter was not handed over to be sent."""

    REFUSED = "refused"
    """SvarUt did not take it as it was: operations must look at it."""
    FOLDER_CLOSED = "folder_closed"
    """Its receiver was withdrawn before it was sent."""


class ContactRole(StrEnum):
    """Why we may write to a contact: settlement writers get notices; the escalation contact hears of overdue lists."""

    SETTLEMENT_WRITER = "settlement_writer"
    ESCALATION = "escalation"
