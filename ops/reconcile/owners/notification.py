"""Notification: notices."""

from __future__ import annotations

from contracts.notification.choices import NoticeChoiceState
from contracts.notification.v1 import NoticeState
from contracts.topics import NOTIFICATION_STATE
from ops.reconcile.entities import Entity, Owner

NOTICES = """
SELECT notice_id AS key, version AS sequence,
       jsonb_build_object(
           'notice_id', notice_id, 'municipality_id', municipality_id, 'kind', kind, 'list_id', list_id,
           'posted_at', posted_at,
           'read_by', ARRAY(SELECT user_id FROM notice_reading AS r WHERE r.notice_id = notice.notice_id
                            ORDER BY r.position),
           'mail', (SELECT jsonb_build_object(
                        'sent', count(*) FILTER (WHERE m.state = 'sent'),
                        'failed', count(*) FILTER (WHERE m.state = 'failed'),
                        'unsure', count(*) FILTER (WHERE m.state = 'unsure'))
                    FROM mail AS m WHERE (m.notice_id = notice.notice_id AND m.digest_on IS NULL)
                       OR m.mail_id IN (SELECT d.mail_id FROM digest_notice AS d WHERE d.notice_id = notice.notice_id))
       ) AS body
FROM notice
WHERE %(keys)s::text[] IS NULL OR notice_id = ANY(%(keys)s)
"""

SHOWN_NOTICES = """
SELECT notice_id AS key, sequence, body,
       (body ->> 'notice_id', body ->> 'municipality_id', (body ->> 'posted_at')::timestamptz)
       IS NOT DISTINCT FROM (notice_id, municipality_id, posted_at) AS agrees
FROM readmodel.notice
WHERE %(keys)s::text[] IS NULL OR notice_id = ANY(%(keys)s)
"""

CHOICES = """
SELECT municipality_id || '/choices/' || user_id AS key, version AS sequence,
       jsonb_build_object(
           'municipality_id', municipality_id, 'user_id', user_id, 'contact_id', contact_id,
           'choices', coalesce(
               (SELECT jsonb_agg(jsonb_build_object('kind', one.key, 'delivery', one.value)
                                 ORDER BY one.key COLLATE "C")
                FROM jsonb_each_text((deliveries #>> '{}')::jsonb) AS one), '[]')
       ) AS body
FROM notice_choice
WHERE %(keys)s::text[] IS NULL OR municipality_id || '/choices/' || user_id = ANY(%(keys)s)
"""

SHOWN_CHOICES = """
SELECT municipality_id || '/choices/' || user_id AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'user_id') IS NOT DISTINCT FROM (municipality_id, user_id) AS agrees
FROM readmodel.notice_choice
WHERE %(keys)s::text[] IS NULL OR municipality_id || '/choices/' || user_id = ANY(%(keys)s)
"""

NOTIFICATION = Owner(
    "notification",
    "NOTIFICATION_DATABASE_URL",
    (
        Entity("notices", NOTIFICATION_STATE, NoticeState, NOTICES, SHOWN_NOTICES),
        Entity("choices", NOTIFICATION_STATE, NoticeChoiceState, CHOICES, SHOWN_CHOICES),
    ),
)
