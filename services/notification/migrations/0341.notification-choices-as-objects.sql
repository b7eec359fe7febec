-- Before deploy. Choices were kept as a JSON text that holds an object; they are objects.
-- depends: 0340.notification-unreached

UPDATE notice_choice SET deliveries = (deliveries #>> '{}')::jsonb WHERE jsonb_typeof(deliveries) = 'string';
