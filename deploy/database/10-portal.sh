#!/bin/sh
# The database and the role that the portal connects by, made when the server's folder is made. The role owns its database and nothing else: a
# superuser's would pass by row-level security and may switch off triggers.
set -eu

psql -v ON_ERROR_STOP=1 -v role="${PORTAL_ROLE:-portal}" -v password="${PORTAL_PASSWORD:?}" \
    --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role" ENCODING 'UTF8' TEMPLATE template0;
SQL
