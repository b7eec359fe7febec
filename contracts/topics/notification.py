"""Notification's topics."""

from __future__ import annotations

from contracts.notification import choices, v1 as notification
from contracts.topics.shape import GATEWAY, commands_topic, events_topic, replies_topic, state_topic

NOTIFICATION_COMMANDS = commands_topic("notification", notification.MarkNoticesRead, choices.ChooseNotices)

NOTIFICATION_REPLIES = replies_topic("notification")

NOTIFICATION_EVENTS = events_topic(
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

NOTIFICATION_STATE = state_topic(
    "notification",
    "notice id, or <municipality>/choices/<user>",
    (GATEWAY,),
    notification.NoticeState,
    choices.NoticeChoiceState,
)
