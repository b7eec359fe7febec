-- After deploy. Choices were kept as a JSON text that holds an object; they are objects. The release before writes such
-- texts for as long as it runs; the one after reads both.
-- depends: 0340.notification-unreached

UPDATE notice_choice SET deliveries = (deliveries #>> '{}')::jsonb WHERE jsonb_typeof(deliveries) = 'string';
