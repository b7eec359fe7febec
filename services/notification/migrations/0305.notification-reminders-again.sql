-- After deploy. Once IMDi has moved a deadline there are reminders of it again: a notice each. The ids of notices that can be
-- told once only follow from kind and list, so they are unique without an index of their own. Between the deploy and this
-- migration a second reminder of the same kind, of a list whose deadline was moved, has no notice.
-- depends: 0304.notification-reply-clock

DROP INDEX notice_kind_once;
CREATE INDEX notice_list ON notice (list_id);
