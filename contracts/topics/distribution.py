"""Distribution's topics."""

from __future__ import annotations

from contracts.distribution import history, threads_v1 as threads, v1 as distribution
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

DISTRIBUTION_COMMANDS = commands_topic(
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

DISTRIBUTION_REPLIES = replies_topic("distribution")

DISTRIBUTION_EVENTS = events_topic(
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

DISTRIBUTION_STATE = state_topic(
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
    MUNICIPALITY_KEY,
    producers=("distribution",),
    consumers=("letters", IMDI),
    messages=(distribution.Answer,),
)

DISTRIBUTION_QUESTIONS = Topic(
    "distribution.questions.v1",
    "distribution",
    Kind.ANSWERS,
    MUNICIPALITY_KEY,
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
