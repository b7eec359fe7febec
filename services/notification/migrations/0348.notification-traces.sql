-- Before deploy. The trace a notice was posted in, so that its mails go on in it: NULL where nothing was traced, and of before.
-- depends: 0340.notification-unreached

ALTER TABLE notice ADD COLUMN traceparent text;
