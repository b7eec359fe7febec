"""The registry of topics: topics, docs, AsyncAPI and the broker's access rules are made from it.

A name is ``<owner>.<what>.v<major>``. Kinds and retention: docs/decisions/0001-state-topics.md.
"""

from contracts.topics.audit import AUDIT_ANCHORS
from contracts.topics.distribution import (
    DISTRIBUTION_ANSWERS,
    DISTRIBUTION_COMMANDS,
    DISTRIBUTION_EVENTS,
    DISTRIBUTION_QUESTIONS,
    DISTRIBUTION_REJECTIONS,
    DISTRIBUTION_REPLIES,
    DISTRIBUTION_STATE,
    PERSON_FOLDERS,
)
from contracts.topics.imdi import IMDI_LISTS, IMDI_REQUESTS
from contracts.topics.letters import LETTERS_EVENTS, LETTERS_STATE
from contracts.topics.municipality import (
    MUNICIPALITY_COMMANDS,
    MUNICIPALITY_EVENTS,
    MUNICIPALITY_REJECTIONS,
    MUNICIPALITY_REPLIES,
    MUNICIPALITY_REPORTS,
    MUNICIPALITY_STATE,
    PERSON_REPORTS,
)
from contracts.topics.notification import (
    NOTIFICATION_COMMANDS,
    NOTIFICATION_EVENTS,
    NOTIFICATION_REPLIES,
    NOTIFICATION_STATE,
)
from contracts.topics.registry import BY_NAME, TOPICS
from contracts.topics.shape import DAY_MS, GATEWAY, IMDI, LONGEST_BY_DAY, SERVICES, Kind, Topic

__all__ = [
    "AUDIT_ANCHORS",
    "BY_NAME",
    "DAY_MS",
    "DISTRIBUTION_ANSWERS",
    "DISTRIBUTION_COMMANDS",
    "DISTRIBUTION_EVENTS",
    "DISTRIBUTION_QUESTIONS",
    "DISTRIBUTION_REJECTIONS",
    "DISTRIBUTION_REPLIES",
    "DISTRIBUTION_STATE",
    "GATEWAY",
    "IMDI",
    "IMDI_LISTS",
    "IMDI_REQUESTS",
    "LETTERS_EVENTS",
    "LETTERS_STATE",
    "LONGEST_BY_DAY",
    "MUNICIPALITY_COMMANDS",
    "MUNICIPALITY_EVENTS",
    "MUNICIPALITY_REJECTIONS",
    "MUNICIPALITY_REPLIES",
    "MUNICIPALITY_REPORTS",
    "MUNICIPALITY_STATE",
    "NOTIFICATION_COMMANDS",
    "NOTIFICATION_EVENTS",
    "NOTIFICATION_REPLIES",
    "NOTIFICATION_STATE",
    "PERSON_FOLDERS",
    "PERSON_REPORTS",
    "SERVICES",
    "TOPICS",
    "Kind",
    "Topic",
]
