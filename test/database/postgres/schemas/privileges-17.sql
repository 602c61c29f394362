-- MAINTAIN
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['priv_owner', 'priv_a'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT MAINTAIN ON TABLES TO priv_a WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner REVOKE MAINTAIN ON TABLES FROM priv_owner;
CREATE TABLE public.t (a integer);
ALTER TABLE public.t OWNER TO priv_owner;
GRANT MAINTAIN ON public.t TO priv_a;
REVOKE MAINTAIN ON public.t FROM priv_owner;
