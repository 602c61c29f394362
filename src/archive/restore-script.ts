/** The parts of restore.sh, in POSIX shell. No name of the archive stands in them: they find what there is. */

export const BEGINNING = `#!/bin/sh
# Restores this unpacked archive without holdfast. RESTORE.md says how to use it and what it does.
set -eu
export LC_ALL=C
`;

/** @param database what the usage calls the first argument; `client` is the program that loads it */
export const databaseArguments = (database: string, client: string): string => `
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo 'usage: sh restore.sh ${database} [TARGET_FOLDER]' >&2
  exit 2
fi
database=$1
target=\${2-}
needed="sha256sum ${client} zstd"
`;

const FILES_ARGUMENTS = `
if [ $# -ne 1 ]; then
  echo 'usage: sh restore.sh TARGET_FOLDER' >&2
  exit 2
fi
target=$1
needed='sha256sum'
`;

export const CHECKS = `
fail() {
  echo "restore.sh: $1" >&2
  exit 1
}

for tool in $needed; do
  command -v "$tool" >/dev/null || fail "the program $tool is missing"
done
case $target in
  '' | /*) ;;
  *) target=$(pwd)/$target ;;
esac
cd -- "$(dirname -- "$0")"

echo 'Checking the unpacked files ...' >&2
sums=$(sha256sum <SHA256SUMS)
grep -q "\${sums%% *}" manifest.json || fail 'SHA256SUMS is not the one that manifest.json names'
sha256sum -c --quiet SHA256SUMS || fail 'the unpacked files are damaged or incomplete'
`;

export const FILES = `
# Turns each %XX (capital digits) of its input into the byte it stands for.
decode() {
  awk 'function digit(c) { return index("0123456789ABCDEF", c) - 1 }
    NR > 1 { printf "\\n" }
    {
      while ((at = match($0, /%[0-9A-F][0-9A-F]/)) > 0) {
        printf "%s%c", substr($0, 1, at - 1), digit(substr($0, at + 1, 1)) * 16 + digit(substr($0, at + 2, 1))
        $0 = substr($0, at + 3)
      }
      printf "%s", $0
    }'
}

# How many symlinks the storage $1 has, as manifest.json says.
links_of() {
  awk -v name="$1" '
    $0 == "      \\"name\\": \\"" name "\\"," { found = 1 }
    found && /^      "symlinks": / { gsub(/[^0-9]/, ""); print; exit }
  ' manifest.json
}

# Fails for a link below the folder $1 that leads into this one: 7z makes that of links which begin with a slash.
leads_elsewhere() {
  here=$(pwd -P)
  find "$1" -type l | while IFS= read -r link; do
    case $(readlink "$link") in
      "$here"/*) exit 1 ;;
    esac
  done
}

# Runs what follows, which changes names in the folder $1, also where its owner may not.
within() {
  above=$1
  shift
  if [ -w "$above" ]; then
    "$@"
  else
    chmod u+w "$above" && "$@" && chmod u-w "$above"
  fi
}

# Lets the link $2 lead to $1.
relink() {
  rm -- "$2" && ln -s -- "$1" "$2"
}

# Gives the links and names below the folder $1 their true spelling. Sorted backwards, a folder comes after what is
# in it; and sort reads to the end before it writes, so nothing is renamed while find still looks.
restore_names() {
  find "$1" -type l | sort | while IFS= read -r link; do
    text=$(readlink "$link")
    case $text in
      *%[0-9A-F][0-9A-F]*)
        text=$(printf '%s' "$text" | decode && echo x)
        within "\${link%/*}" relink "\${text%x}" "$link" || exit 1
        ;;
    esac
  done || return 1
  find "$1" -name '*%[0-9A-F][0-9A-F]*' | sort -r | while IFS= read -r path; do
    name=$(printf '%s' "\${path##*/}" | decode && echo x)
    name=\${name%x}
    case $name in
      . | .. | */*)
        echo "restore.sh: $path stays as it is: its true name cannot be that of a file" >&2
        continue
        ;;
    esac
    new=\${path%/*}/$name
    if [ -e "$new" ] || [ -L "$new" ]; then
      echo "restore.sh: $path cannot have its true name: it is taken" >&2
      exit 1
    fi
    within "\${path%/*}" mv -- "$path" "$new" || exit 1
  done
}

if [ -n "$target" ]; then
  for folder in storage/*/; do
    [ -d "$folder" ] || continue
    new=$target/$(basename "$folder")
    if [ -e "$new" ] || [ -L "$new" ]; then fail "$new exists already; nothing was restored"; fi
    # The sums tell nothing of them.
    links=$(links_of "$(basename "$folder")")
    if [ "$(($(find "$folder" -type l | wc -l)))" -ne "\${links:-0}" ]; then
      fail "$folder has not the \${links:-0} symlinks of the archive: unpack it with unzip, or bsdtar, which make them"
    fi
    leads_elsewhere "$folder" || fail "a symlink in $folder leads into $(pwd -P): unpack the archive with unzip, or elsewhere"
  done
  mkdir -p -- "$target"
  for folder in storage/*/; do
    [ -d "$folder" ] || continue
    new=$target/$(basename "$folder")
    echo "Copying the files to $new ..." >&2
    cp -RPp -- "\${folder%/}" "$new" || fail "the files could not all be copied; remove $new"
    restore_names "$new" || fail "not all names could be restored; remove $new"
  done
fi
`;

/**
 * Functions that write the rows.
 * @param end the line that ends a table's rows, for printf; none where they need none
 * @param unpack the command that writes the part which it is given
 */
export const tables = (partSuffix: string, end: string | null, unpack = 'zstd -dcq --'): string => `
# The folders of the tables, in an order in which their rows can be loaded: manifest.json has one on each such line, and
# in these names nothing that JSON would escape.
table_folders() {
  sed -n 's|^ *"directory": "\\(database/data/.*\\)",$|\\1|p' manifest.json
}

# Writes the rows of the tables whose folders it reads.
write_rows() {
  while IFS= read -r folder; do
    [ -e "$folder/load.sql" ] || continue
    cat -- "$folder/load.sql" || return 1
    number=1
    part=$(printf '%s/%06d.${partSuffix}.zst' "$folder" "$number")
    while [ -e "$part" ]; do
      ${unpack} "$part" </dev/null || return 1
      number=$((number + 1))
      part=$(printf '%s/%06d.${partSuffix}.zst' "$folder" "$number")
    done${end === null ? '' : `\n    printf '%s\\n' '${end}'`}
  done
}

random_word() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \\n'
}
`;

const POSTGRES_DATABASE = `
# A psql that knows it is told to obey none of its own commands until it is given a word that the archive cannot know.
word=
if psql --help=commands | grep -q restrict; then word=$(random_word); fi

# The whole export as one script for psql. COMMIT is written only when all before it was: whatever breaks off, the
# database stays as it was.
write_sql() {
  if [ -n "$word" ]; then printf '%s\\n' "\\\\restrict $word"; fi
  echo 'BEGIN;'
  cat database/pre-data.sql || return 1
  table_folders | write_rows || return 1
  cat database/post-data.sql || return 1
  echo 'COMMIT;'
  if [ -n "$word" ]; then printf '%s\\n' "\\\\unrestrict $word"; fi
  printf '%s\\n' '\\echo committed'
}

# The scripts say what they are written in.
unset PGCLIENTENCODING
echo 'Loading the database ...' >&2
if ! answer=$(write_sql | psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d "$database"); then answer=failed; fi
if [ "$answer" != committed ]; then
  fail "the database could not be loaded and is as it was\${target:+; remove what was copied to $target}"
fi
`;

export const END = `
echo 'Restored.' >&2
`;

/** restore.sh for an archive with a PostgreSQL database. */
export const POSTGRES_SCRIPT = [
  BEGINNING,
  databaseArguments('DATABASE_URL', 'psql'),
  CHECKS,
  FILES,
  tables('copy', '\\.'),
  POSTGRES_DATABASE,
  END,
].join('');

/** restore.sh for an archive without a database. */
export const FILES_SCRIPT = BEGINNING + FILES_ARGUMENTS + CHECKS + FILES + END;
