-- Before deploy. Whether a message was parked for something that passes by itself: it is tried again by the service.
-- depends: 0003.chassis-dead-letters
ALTER TABLE dead_letter ADD COLUMN passing boolean NOT NULL DEFAULT false;
