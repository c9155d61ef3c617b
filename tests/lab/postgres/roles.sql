-- Who may do what. `observe` is what a console needs to look, `act` what its
-- runbooks need to fence a database and to fail over; neither is a superuser.
CREATE ROLE observe LOGIN PASSWORD :'observe_password';
GRANT pg_monitor TO observe;

CREATE ROLE app LOGIN PASSWORD :'app_password';

CREATE ROLE repl LOGIN REPLICATION PASSWORD :'repl_password';
SELECT pg_create_physical_replication_slot('replica') \gset

-- CREATEROLE is what ALTER ROLE app NOLOGIN takes.
CREATE ROLE act LOGIN CREATEROLE PASSWORD :'act_password';
GRANT pg_monitor, pg_signal_backend TO act;

SELECT current_setting('server_version_num')::int >= 160000 AS since_16,
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_checkpoint') AS has_pg_checkpoint \gset
\if :since_16
-- From 16 on, CREATEROLE alone does not reach roles that others made.
GRANT app TO act WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
\endif
\if :has_pg_checkpoint
GRANT pg_checkpoint TO act;
\endif

CREATE DATABASE orders;
-- Everybody may create temporary tables in a new database; a looker has no need to.
REVOKE TEMPORARY ON DATABASE orders FROM PUBLIC;
GRANT CREATE ON DATABASE orders TO act;
