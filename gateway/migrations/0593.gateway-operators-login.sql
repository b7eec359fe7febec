-- Before deploy. A login may be an operator's: it opens the operations pages, and no municipality.
-- depends: 0557.gateway-session-ends

-- Where it is true, grants is empty.
ALTER TABLE gateway.session ADD COLUMN operator boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION gateway.audit_of_login() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, channel, user_id, details)
    VALUES ('session', 'login', 'page', NEW.user_id, jsonb_build_object('grants', NEW.grants)
            || CASE WHEN NEW.operator THEN jsonb_build_object('operator', true) ELSE '{}'::jsonb END);
    RETURN NULL;
END
$$;
