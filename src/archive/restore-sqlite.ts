import { CHECK, DECRYPT, FILES_STEPS, TITLE, UNPACK } from './restore-note.ts';
import { BEGINNING, CHECKS, END, FILES } from './restore-script.ts';

/** How an archive with a SQLite database is restored by hand: the parts put together are the database's file. */

const ARGUMENTS = `
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo 'usage: sh restore.sh DATABASE_FILE [TARGET_FOLDER]' >&2
  exit 2
fi
case $1 in
  /*) database=$1 ;;
  *) database=$(pwd)/$1 ;;
esac
target=\${2-}
needed='sha256sum zstd'
`;

const PLACE = `
# A journal or log that another database left would be taken for one of the new database.
for path in "$database" "$database-journal" "$database-wal" "$database-shm" "$database.new"; do
  if [ -e "$path" ] || [ -L "$path" ]; then fail "$path exists already; nothing was restored"; fi
done
`;

const DATABASE = `
# Writes the parts one after another: together they are the file.
write_file() {
  for folder in database/data/*/; do
    number=1
    part=$(printf '%s%06d.sqlite.zst' "$folder" "$number")
    while [ -e "$part" ]; do
      zstd -dcq -- "$part" </dev/null || return 1
      number=$((number + 1))
      part=$(printf '%s%06d.sqlite.zst' "$folder" "$number")
    done
  done
}

echo "Writing the database to $database ..." >&2
umask 077
if ! write_file >"$database.new" || ! mv -- "$database.new" "$database"; then
  rm -f -- "$database.new"
  fail "the database could not be written\${target:+; remove what was copied to $target}"
fi
`;

/** restore.sh for an archive with a SQLite database. */
export const SQLITE_SCRIPT = BEGINNING + ARGUMENTS + CHECKS + PLACE + FILES + DATABASE + END;

const QUICK = `
## Restore, the quick way

You need sh, sha256sum and zstd.

    sh restore.sh /srv/app/app.db /srv/restored

It checks every file, copies each storage to \`/srv/restored/<name>\`, and writes the database to \`/srv/app/app.db\`, which
must not exist. Leave the folder out to restore the database alone. The new file can be read by you alone: give it the
owner and the rights that the application needs (\`chown\`, \`chmod\`).
`;

const STEPS = `
## Database, step by step

The parts \`database/data/main.database/000001.sqlite.zst\`, \`000002.sqlite.zst\`, ... unpacked one after another are the
database's file, byte for byte:

    zstd -dcq database/data/main.database/*.sqlite.zst > app.db
    sqlite3 app.db 'PRAGMA integrity_check'

The second line needs the program sqlite3 and is only there to be sure. Nothing may lie beside the file that belonged to
another one of the same name: \`app.db-wal\`, \`app.db-shm\`, \`app.db-journal\`.

\`database/pre-data.sql\` holds the definitions of all tables, indexes, views and triggers, for reading: they are in the file
already. It runs in sqlite3 and makes the same tables, without rows.
`;

/** RESTORE.md for an archive with a SQLite database. */
export const SQLITE_NOTE = TITLE + UNPACK + QUICK + CHECK + STEPS + FILES_STEPS + DECRYPT;
