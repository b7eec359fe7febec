"""All topics, in the order they are shown in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from contracts.topics.shape import GATEWAY, SERVICES, Topic, failures_topic

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
    *(failures_topic(owner) for owner in (*SERVICES, GATEWAY)),
)

BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in TOPICS}
