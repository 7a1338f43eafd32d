#!/bin/sh
# The database and three roles, made when the server's folder is made: the one that migrates owns the database and nothing else, the one that web
# processes and workers connect by owns nothing, and gets its rights from `portal migrate --grant-to`. The third, for requests of agencies' staff, nobody signs in as. None
# of them is a superuser: one would pass by row-level security and may switch off triggers.
set -eu

psql -v ON_ERROR_STOP=1 -v role="${PORTAL_ROLE:-portal}" -v password="${PORTAL_PASSWORD:?}" \
    -v owner="${PORTAL_OWNER_ROLE:-portal_owner}" -v owner_password="${PORTAL_OWNER_PASSWORD:?}" \
    --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet <<'SQL'
CREATE ROLE :"role" LOGIN NOINHERIT PASSWORD :'password';
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
SELECT 'CREATE ROLE portal_agency NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_agency') \gexec
GRANT portal_agency TO :"role";
CREATE DATABASE :"role" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
SQL
