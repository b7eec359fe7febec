"""The registry of topics: topics, docs, AsyncAPI and the broker's access rules are made from it.

A name is ``<owner>.<what>.v<major>``. Kinds and retention: docs/decisions/0001-state-topics.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts import audit, failures, outcomes
from contracts.distribution import history, threads_v1 as threads, v1 as distribution
from contracts.envelope import Message
from contracts.imdi import v1 as imdi
from contracts.letters import v1 as letters
from contracts.municipality import four_eyes, mergers, reports, v1 as municipality
from contracts.notification import choices, v1 as notification

DAY_MS = 24 * 60 * 60 * 1000
IMDI = "imdi"
GATEWAY = "gateway"
SERVICES = ("distribution", "municipality", "notification", "letters")


class Kind(StrEnum):
    """What a topic is for; its cleanup follows from it."""

    INBOUND = "inbound"
    COMMANDS = "commands"
    REPLIES = "replies"
    EVENTS = "events"
    ANSWERS = "answers"
    STATE = "state"
    FAILURES = "failures"


_RETENTION_DAYS: Mapping[Kind, int] = {
    Kind.INBOUND: 7,
    Kind.COMMANDS: 7,
    Kind.REPLIES: 7,
    Kind.EVENTS: 3650,
    Kind.ANSWERS: 30,
    Kind.FAILURES: 30,
}

LONGEST_BY_DAY = 30
"""Topics kept for as many days at most are kept to the day; the others hold nothing that must be gone on time."""

# A tombstone is gone a day after compaction saw it; a reader may not be away for longer than this.
_STATE_CONFIG: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY_MS),
    "segment.ms": str(DAY_MS // 4),
    "delete.retention.ms": str(14 * DAY_MS),
    "min.cleanable.dirty.ratio": "0.1",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. ``key`` says in words what a record's key is; ``messages`` are the types it may carry."""

    name: str
    owner: str
    kind: Kind
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    messages: tuple[type[Message], ...]
    partitions: int = 6

    @property
    def config(self) -> dict[str, str]:
        """The topic's configuration on the broker; times in milliseconds."""
        if self.kind is Kind.STATE:
            return dict(_STATE_CONFIG)
        days = _RETENTION_DAYS[self.kind]
        config = {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS)}
        # Kafka drops whole segments, each once its newest record is old enough: without this a week later.
        return config | ({"segment.ms": str(DAY_MS)} if days <= LONGEST_BY_DAY else {})

    @property
    def types(self) -> Mapping[str, type[Message]]:
        """Message classes by CloudEvents type."""
        return {message.message_type: message for message in self.messages}


_MUNICIPALITY_KEY = "municipality id"
_OUTCOMES = (outcomes.CommandAccepted, outcomes.CommandRefused)


def _failures(owner: str) -> Topic:
    return Topic(
        f"{owner}.failures.v1",
        owner,
        Kind.FAILURES,
        "the failed message's key",
        producers=(owner,),
        consumers=("operations",),
        messages=(failures.MessageFailed,),
        partitions=1,
    )


def _commands(owner: str, *messages: type[Message]) -> Topic:
    return Topic(f"{owner}.commands.v1", owner, Kind.COMMANDS, _MUNICIPALITY_KEY, (GATEWAY,), (owner,), messages)


def _replies(owner: str) -> Topic:
    return Topic(f"{owner}.replies.v1", owner, Kind.REPLIES, "command id", (owner,), (GATEWAY,), _OUTCOMES, 3)


def _events(owner: str, consumers: tuple[str, ...], *messages: type[Message]) -> Topic:
    return Topic(f"{owner}.events.v1", owner, Kind.EVENTS, _MUNICIPALITY_KEY, (owner,), (*consumers, IMDI), messages)


def _state(owner: str, key: str, consumers: tuple[str, ...], *messages: type[Message]) -> Topic:
    return Topic(f"{owner}.state.v1", owner, Kind.STATE, key, (owner,), consumers, messages)


IMDI_LISTS = Topic(
    "imdi.distribution-lists.v1",
    IMDI,
    Kind.INBOUND,
    "municipality number",
    producers=(IMDI,),
    consumers=("distribution",),
    messages=(
        imdi.PublishDistributionList,
        imdi.ConfirmPlacement,
        imdi.WithdrawList,
        imdi.WithdrawPersons,
        imdi.ErasePersons,
        imdi.ExtendDeadline,
        imdi.ReplyInThread,
        imdi.CorrectAddress,
    ),
)
IMDI_REQUESTS = Topic(
    "imdi.requests.v1",
    IMDI,
    Kind.INBOUND,
    "municipality number",
    producers=(IMDI,),
    consumers=("municipality",),
    messages=(imdi.RequestPlaces,),
    partitions=3,
)

DISTRIBUTION_COMMANDS = _commands(
    "distribution",
    distribution.SaveDecisions,
    distribution.ApproveList,
    distribution.ReturnToTreatment,
    distribution.SendAnswer,
    distribution.RegisterSettlement,
    distribution.RegisterSettlements,
    distribution.PlanSettlement,
    threads.AskQuestion,
)
DISTRIBUTION_REPLIES = _replies("distribution")
DISTRIBUTION_EVENTS = _events(
    "distribution",
    ("municipality", "notification", "letters"),
    distribution.ListReceived,
    distribution.TreatmentStarted,
    distribution.DecisionsSaved,
    distribution.ListApproved,
    distribution.ReturnedToTreatment,
    distribution.ListAnswered,
    distribution.PersonsPlaced,
    distribution.PersonSettled,
    distribution.SettlementPlanned,
    distribution.PersonsWithdrawn,
    distribution.ListWithdrawn,
    distribution.PersonsErased,
    distribution.AddressCorrected,
    distribution.ListOfferedAgain,
    distribution.DeadlineNear,
    distribution.DeadlineToday,
    distribution.ListOverdue,
    distribution.DeadlineExtended,
    threads.QuestionAsked,
    threads.ImdiWrote,
)
DISTRIBUTION_STATE = _state(
    "distribution",
    "list id, <list>/<running number>, <list>/messages/<number>, or <list>/changes/<version>",
    (GATEWAY,),
    distribution.ListState,
    distribution.PersonState,
    threads.ThreadMessageState,
    history.ListChangeState,
)
PERSON_FOLDERS = Topic(
    "distribution.person-folders.state.v1",
    "distribution",
    Kind.STATE,
    "<list>/<running number>",
    producers=("distribution",),
    consumers=("letters", GATEWAY),
    messages=(distribution.PersonFolderState,),
)
DISTRIBUTION_ANSWERS = Topic(
    "distribution.answers.v1",
    "distribution",
    Kind.ANSWERS,
    _MUNICIPALITY_KEY,
    producers=("distribution",),
    consumers=("letters", IMDI),
    messages=(distribution.Answer,),
)
DISTRIBUTION_QUESTIONS = Topic(
    "distribution.questions.v1",
    "distribution",
    Kind.ANSWERS,
    _MUNICIPALITY_KEY,
    producers=("distribution",),
    consumers=(IMDI,),
    messages=(threads.Question,),
)
DISTRIBUTION_REJECTIONS = Topic(
    "distribution.rejections.v1",
    "distribution",
    Kind.ANSWERS,
    "municipality number as given",
    producers=("distribution",),
    consumers=(IMDI,),
    messages=(distribution.Rejection,),
    partitions=3,
)

MUNICIPALITY_COMMANDS = _commands(
    "municipality",
    municipality.RegisterResolution,
    municipality.RegisterContacts,
    four_eyes.RequireFourEyes,
    reports.ReportWeeklyPlaces,
    reports.ReportHousing,
    reports.ReportNamedPersons,
    reports.ReportSelfSettlement,
    reports.ConfirmReport,
    reports.WithdrawReport,
)
MUNICIPALITY_REPLIES = _replies("municipality")
MUNICIPALITY_EVENTS = _events(
    "municipality",
    ("letters",),
    municipality.MunicipalityRegistered,
    municipality.ContactsChanged,
    four_eyes.FourEyesChanged,
    mergers.MunicipalityMerged,
    municipality.PlacesRequested,
    municipality.ResolutionRegistered,
    municipality.RequestUnanswered,
    municipality.PlacesMoved,
    reports.ReportEntered,
    reports.ReportChanged,
    reports.ReportConfirmed,
    reports.ReportQuestioned,
    reports.ReportAnswered,
    reports.ReportWithdrawn,
    reports.ReportLapsed,
)
MUNICIPALITY_STATE = _state(
    "municipality",
    "municipality id, <municipality>/<year>, <municipality>/<year>/<list>, …/entries/<number>, …/changes/<version>, "
    "<municipality>/reports/<report>, or register",
    ("distribution", "notification", "letters", GATEWAY),
    municipality.MunicipalityState,
    municipality.RegisterState,
    municipality.LedgerYearState,
    municipality.LedgerListState,
    municipality.LedgerEntryState,
    municipality.LedgerChangeState,
    reports.ReportState,
)
PERSON_REPORTS = Topic(
    "municipality.person-reports.state.v1",
    "municipality",
    Kind.STATE,
    "<municipality>/reports/<report>",
    producers=("municipality",),
    consumers=(GATEWAY,),
    messages=(reports.PersonReportState,),
)
MUNICIPALITY_REPORTS = Topic(
    "municipality.reports.v1",
    "municipality",
    Kind.ANSWERS,
    _MUNICIPALITY_KEY,
    producers=("municipality",),
    consumers=(IMDI,),
    messages=(reports.ReportToImdi,),
)
MUNICIPALITY_REJECTIONS = Topic(
    "municipality.rejections.v1",
    "municipality",
    Kind.ANSWERS,
    "municipality number as given",
    producers=("municipality",),
    consumers=(IMDI,),
    messages=(municipality.RequestRejection,),
    partitions=3,
)

NOTIFICATION_COMMANDS = _commands("notification", notification.MarkNoticesRead, choices.ChooseNotices)
NOTIFICATION_REPLIES = _replies("notification")
NOTIFICATION_EVENTS = _events(
    "notification",
    ("municipality",),
    notification.NoticePosted,
    notification.NoticeRead,
    notification.MailSent,
    notification.MailFailed,
    notification.MailDecided,
    notification.NobodyToWriteTo,
    choices.NoticesChosen,
)
NOTIFICATION_STATE = _state(
    "notification",
    "notice id, or <municipality>/choices/<user>",
    (GATEWAY,),
    notification.NoticeState,
    choices.NoticeChoiceState,
)

LETTERS_EVENTS = _events(
    "letters",
    ("notification",),
    letters.LetterPlanned,
    letters.LetterCreated,
    letters.LetterFailed,
    letters.LetterDispatched,
    letters.LetterStatusChanged,
    letters.LetterNotDispatched,
    letters.LetterSentAgain,
    letters.LetterErased,
    letters.ArchiveReady,
)
LETTERS_STATE = _state("letters", "letter id", (GATEWAY,), letters.LetterState)

AUDIT_ANCHORS = Topic(
    "audit.anchors.v1",
    "audit",
    Kind.EVENTS,
    "anchor",
    producers=(GATEWAY,),
    consumers=("operations",),
    messages=(audit.AuditAnchored,),
    partitions=1,
)

TOPICS: Sequence[Topic] = (
    IMDI_LISTS,
    IMDI_REQUESTS,
    DISTRIBUTION_COMMANDS,
    DISTRIBUTION_REPLIES,
    DISTRIBUTION_EVENTS,
    DISTRIBUTION_STATE,
    PERSON_FOLDERS,
    DISTRIBUTION_ANSWERS,
    DISTRIBUTION_QUESTIONS,
    DISTRIBUTION_REJECTIONS,
    MUNICIPALITY_COMMANDS,
    MUNICIPALITY_REPLIES,
    MUNICIPALITY_EVENTS,
    MUNICIPALITY_STATE,
    PERSON_REPORTS,
    MUNICIPALITY_REPORTS,
    MUNICIPALITY_REJECTIONS,
    NOTIFICATION_COMMANDS,
    NOTIFICATION_REPLIES,
    NOTIFICATION_EVENTS,
    NOTIFICATION_STATE,
    LETTERS_EVENTS,
    LETTERS_STATE,
    AUDIT_ANCHORS,
    *(_failures(owner) for owner in (*SERVICES, GATEWAY)),
)

BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in TOPICS}
