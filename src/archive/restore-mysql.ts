import { CHECK, DECRYPT, FILES_STEPS, TITLE, UNPACK } from './restore-note.ts';
import { BEGINNING, CHECKS, databaseArguments, END, FILES, tables } from './restore-script.ts';

/** What lets an archive with a MySQL or MariaDB database be restored without holdfast. */

const QUICK = `
## Restore, the quick way

You need sh, sha256sum, zstd, and the client \`mysql\` or \`mariadb\`.

    sh restore.sh new_database /srv/restored

It checks every file, copies each storage to \`/srv/restored/<name>\`, and loads the database. The database must exist and be
empty. Leave the folder out to restore the database alone.

Where the server is and who you are stands in \`~/.my.cnf\`, as for every use of the client, or in \`MYSQL\`, which is the
client with its options; the password can be in \`MYSQL_PWD\`:

    MYSQL='mysql --host=db --user=app' MYSQL_PWD=... sh restore.sh new_database

The account needs all privileges on the database. Views, procedures, functions, triggers and events run as the account that
made them: it must exist, and to name another account than your own the server asks for \`SET_ANY_DEFINER\` and
\`ALLOW_NONEXISTENT_DEFINER\` (MySQL), \`SET USER\` (MariaDB) or \`SUPER\`.

The server takes a row only if it is smaller than its \`max_allowed_packet\`; raise that where rows are larger. It cannot load
a database in one transaction: after an error, which ends the load, drop the database, create it again and start anew. Nothing
in the archive can make the client run a command on this host or read a file of it.
`;

const STEPS = `
## Database, step by step

1. \`database/pre-data.sql\`: tables and sequences. Plain SQL for the client.
2. \`database/data/<database>.<table>/\`: the rows, as INSERT statements. \`load.sql\` sets the session up for them; the parts
   \`000001.sql.zst\`, \`000002.sql.zst\`, ... are unpacked by \`zstd -dc\`. A folder without \`load.sql\`, or no folder: the
   table has no rows.
3. \`database/post-data.sql\`: indexes, routines, views, triggers, events and whatever else comes after the rows.

    client="mysql --binary-mode --comments --default-character-set=utf8mb4 --max-allowed-packet=1G"
    $client new_database <database/pre-data.sql
    for t in database/data/*/; do
      { cat "$t"load.sql; zstd -dcq "$t"*.sql.zst; } | $client new_database
    done
    $client new_database <database/post-data.sql

Tables with system versioning need more on a server that knows another last moment than the one of the archive did, which
manifest.json has as \`endOfTime\` (2038 until MariaDB 11.5, 2106 since): it is the end (\`row_end\`) of rows that are current,
which would all be rows of the past there. restore.sh exchanges it as the rows go by.

The client needs \`--binary-mode\` for what some values hold, and because it then obeys no commands in these files but its
DELIMITER; \`--comments\` keeps the comments of routines. Each file sets what it needs: \`SET NAMES\`, \`sql_mode\`,
\`time_zone\` (UTC), and the checks of keys off, for the session alone.
`;

/** RESTORE.md. */
export const MYSQL_NOTE = TITLE + UNPACK + QUICK + CHECK + STEPS + FILES_STEPS + DECRYPT;

const ARGUMENTS = `
if [ -z "\${MYSQL-}" ]; then
  MYSQL=mysql
  command -v mysql >/dev/null || MYSQL=mariadb
fi
${databaseArguments('DATABASE', '${MYSQL%% *}').trimStart()}`;

const EMPTY = `
# The client that $MYSQL names, with its options, on the database. In binary mode it obeys none of its own commands but
# DELIMITER and \\C, so that nothing in the archive can make it run a command on this host or read a file of it. It stops
# at the first error, and does not connect again where that would lose the settings of the session.
client() {
  (
    set -f
    exec $MYSQL --binary-mode --skip-named-commands --skip-local-infile --batch --skip-force --skip-reconnect --comments \\
      --skip-column-names --default-character-set=utf8mb4 --max-allowed-packet=1G -- "$database"
  )
}

objects=$(
  echo 'SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE())
    + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE())
    + (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE());' | client
) || fail 'the database cannot be reached; it must exist. Nothing was restored'
[ "$objects" = 0 ] || fail "the database $database is not empty; nothing was restored"
`;

const ROW_ENDS = `
# Rows with system versioning are current as long as their end is the last moment that the server knows. Where this one knows
# another one than the archive's did, the one is exchanged for the other, so that no current row becomes one of the past.
archived_end=$(sed -n 's|^ *"endOfTime": "\\([-0-9 :.]*\\)",\\{0,1\\}$|\\1|p' manifest.json)
own_end=
if [ -n "$archived_end" ]; then
  own_end=$(
    echo "SET time_zone = '+00:00'; SELECT COALESCE(FROM_UNIXTIME(4294967295.999999), FROM_UNIXTIME(2147483647.999999));" | client
  ) || fail 'the server cannot be asked for the last moment that it knows; nothing was loaded'
fi

# Writes the rows of the part $1 of the table whose folder is $folder. What is cut short ends with what is no SQL.
unpack() {
  if [ "$archived_end" = "$own_end" ] || ! grep -q system_versioning_insert_history "$folder/load.sql"; then
    zstd -dcq -- "$1"
    return
  fi
  behind="\\(,'[-0-9 :.]*'\\)\\{0,1\\})$"
  { zstd -dcq -- "$1" || echo 'cut short'; } |
    sed -e "s/'$archived_end'$behind/'$own_end'\\1)/" -e t -e "s/'$own_end'$behind/'$archived_end'\\1)/"
}
`;

const DATABASE = `
# The whole export as one script for one session: settings last from one part of it to the next. Its last answer is a word
# that comes only when all before it was run, however the script breaks off.
word=$(random_word)
write_sql() {
  cat database/pre-data.sql || return 1
  table_folders | write_rows || return 1
  cat database/post-data.sql || return 1
  echo "SELECT '$word';"
}

echo 'Loading the database ...' >&2
if ! answer=$(write_sql | { client || echo failed; } | tail -n 1); then answer=failed; fi
if [ "$answer" != "$word" ]; then
  fail "the database could not be loaded and holds a part of it now: drop it and create it again\${target:+, and remove what was copied to $target}"
fi
`;

/** restore.sh. */
export const MYSQL_SCRIPT = [
  BEGINNING,
  ARGUMENTS,
  CHECKS,
  EMPTY,
  FILES,
  ROW_ENDS,
  tables('sql', null, 'unpack'),
  DATABASE,
  END,
].join('');
