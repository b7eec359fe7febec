"""Municipality's topics."""

from __future__ import annotations

from contracts.municipality import four_eyes, mergers, reports, v1 as municipality
from contracts.topics.shape import (
    GATEWAY,
    IMDI,
    MUNICIPALITY_KEY,
    Kind,
    Topic,
    commands_topic,
    events_topic,
    replies_topic,
    state_topic,
)

MUNICIPALITY_COMMANDS = commands_topic(
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

MUNICIPALITY_REPLIES = replies_topic("municipality")

MUNICIPALITY_EVENTS = events_topic(
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

MUNICIPALITY_STATE = state_topic(
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
    MUNICIPALITY_KEY,
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
