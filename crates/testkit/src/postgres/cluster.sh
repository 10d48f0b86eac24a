# Keeper of one throw-away PostgreSQL: makes it, runs it, and removes it when nobody has been connected for a while.
# It is no child that any test waits for: tests are many processes, and the last one does not know that it is the last.
# $1 its directory, with the password in it; $2 its port; $3 the folder of PostgreSQL's programs; $4 seconds of patience.
set -u
directory=$1 port=$2 programs=$3 patience=$4
data=$directory/data
server=
trap 'rm -f "$directory/open"; [ -z "$server" ] || { kill -INT "$server"; wait "$server"; }; rm -rf "$directory"' EXIT
trap 'exit 0' HUP INT TERM

PATH=$programs:$PATH
PGPASSWORD=$(cat "$directory/password")
export PATH PGPASSWORD

# By preference a collation that people have, so that a test meets an order which is not that of the bytes.
make() { initdb --pgdata "$data" --username tester --pwfile "$directory/password" --auth password --encoding UTF8 --no-sync "$@"; }
make --locale-provider icu --icu-locale en-US --locale C.UTF-8 || { rm -rf "$data"; make --locale C.UTF-8; } ||
    { rm -rf "$data"; make --no-locale; } || { touch "$directory/failed"; trap - EXIT; exit 1; }

# Nothing here has to survive a power cut.
postgres -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c max_connections=400 -c autovacuum=off -c checkpoint_timeout=1h &
server=$!

ask() { psql --host 127.0.0.1 --port "$port" --username tester --dbname postgres --no-psqlrc --no-align --tuples-only --command "$1"; }
connected() { ask "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"; }

until ask 'SELECT 1'; do
    kill -0 "$server" || { server=; touch "$directory/failed"; trap - EXIT; exit 1; }
    sleep 0.1
done
touch "$directory/open"

idle=0
while kill -0 "$server"; do
    sleep 1
    if [ "$(connected)" = 0 ]; then idle=$((idle + 1)); else idle=0; fi
    if [ "$idle" -ge "$patience" ]; then
        # Close first, then look again: who connects looks whether it is open afterwards, so nobody is cut off.
        rm -f "$directory/open"
        [ "$(connected)" = 0 ] && exit 0
        touch "$directory/open"
        idle=0
    fi
done
