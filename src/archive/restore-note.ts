/** The parts of RESTORE.md. */

export const TITLE = `# Restoring this archive by hand

This archive was made by holdfast, and \`holdfast restore\` is the easy way to bring it back. This page says how to do it
without holdfast.
`;

export const UNPACK = `
## Unpack

    TZ=UTC unzip archive.zip -d unpacked
    cd unpacked

Any unzip program will do that knows zip64 and makes symlinks (not 7z, nor Python's zipfile). Times in the zip are UTC, hence \`TZ=UTC\`. Is the archive encrypted
(\`*.zip.crypt\`)? See "Decrypt" below.
`;

const POSTGRES_QUICK = `
## Restore, the quick way

You need sh, sha256sum, zstd, and psql of the server's version or newer. With a psql that knows \`\\restrict\` (13.22, 14.19,
15.14, 16.10, 17.6, 18 and newer) nothing in the archive can make it run a command on this host.

    sh restore.sh postgres://user@host/new_database /srv/restored

It checks every file, copies each storage to \`/srv/restored/<name>\`, and loads the database in one transaction: on
any error the database stays as it was. The database must exist and be empty, and the roles that own its objects must
exist. Leave the folder out to restore the database alone. Give the password in \`PGPASSWORD\` or \`~/.pgpass\`: in the
URL others on this host could see it.
`;

const FILES_QUICK = `
## Restore, the quick way

You need sh and sha256sum.

    sh restore.sh /srv/restored

It checks every file and copies each storage to \`/srv/restored/<name>\`. The archive holds no database.
`;

export const CHECK = `
## Check

    sha256sum -c --quiet SHA256SUMS

says nothing when every file is as it was written. \`manifest.json\` tells what the archive holds; \`sums\` in it is the
SHA-256 of SHA256SUMS. When \`complete\` in it is false, \`problems\` tells what is missing.
`;

const POSTGRES_STEPS = `
## Database, step by step

1. \`database/pre-data.sql\`: schemas, types, functions, tables. Plain SQL for psql.
2. \`database/data/<schema>.<table>/\`: the rows, as PostgreSQL's COPY writes them. \`load.sql\` is the COPY statement;
   the parts \`000001.copy.zst\`, \`000002.copy.zst\`, ... one after another, unpacked by \`zstd -dc\`, are its input, and a
   line with \`\\.\` ends it. A folder without \`load.sql\`, or no folder: the table has no rows.
   \`pg_catalog.pg_largeobject\` holds the contents of large objects; its \`load.sql\` writes them as it reads. Where rows of
   extensions' tables need each other, \`tables\` in \`manifest.json\` has the order.
3. \`database/post-data.sql\`: indexes, constraints, triggers and whatever else comes after the rows.

All of that in one transaction, as restore.sh does it, or table by table:

    psql -v ON_ERROR_STOP=1 -d "$url" -f database/pre-data.sql
    for t in database/data/*/; do
      { cat "$t"load.sql; zstd -dcq "$t"*.copy.zst; printf '%s\\n' '\\.'; } | psql -1 -v ON_ERROR_STOP=1 -d "$url"
    done
    psql -v ON_ERROR_STOP=1 -d "$url" -f database/post-data.sql

\`pre-data.sql\` sets the session up (search path, time limits, encoding, ...); so does \`post-data.sql\`, and \`load.sql\`
sets what it needs.
`;

export const FILES_STEPS = `
## Files, step by step

\`storage/<name>/\` holds the files of a storage. Copy it to where it belongs with \`cp -RPp\`.

Where a name would not be safe everywhere, some of its bytes stand as \`%\` and two hex digits: control characters,
bytes that are not UTF-8, \`\\ < > : " | ? *\`, a dot or space at the end, the first letter of names that mean a device to
Windows or that differ from another only by case. A \`%\` that was in a name already is \`%25\` where two hex digits
follow. Turn each \`%XX\` back into its byte to get the true name; links are spelled the same way. restore.sh does it.

\`storage/<name>.jsonl\` has a line for each file, folder and link with what a zip cannot hold: path, owner, group, time
to the nanosecond. Owners are not restored by restore.sh.

### Objects of S3

Was the storage in S3 (\`"kind": "s3"\` in \`manifest.json\`), its files were objects: \`path\` is the key behind the prefix, and
\`metadata\` has content type, other headers, user metadata and tags. Keys may be what no file can be called (more than 255
bytes between two slashes): unzip and restore.sh cannot do with such. \`aws s3 cp --recursive\` brings the rest back, but guesses
content types and knows no metadata. This Python program reads the zip as it is (decrypted) and brings back all that S3 takes; it needs boto3.
It stops at user metadata and headers that are not ASCII and at an \`expires\` that is no date: leave those out.

    import json, zipfile, boto3
    from urllib.parse import urlencode
    archive, name, bucket, prefix = 'archive.zip', 'uploads', 'my-bucket', 'my/prefix/'
    s3, unpacked = boto3.client('s3'), zipfile.ZipFile(archive)
    headers = ('contentType', 'cacheControl', 'contentEncoding', 'contentDisposition', 'contentLanguage', 'expires')
    for item in map(json.loads, unpacked.open(f'storage/{name}.jsonl')):
        if item['type'] != 'file':
            continue
        kept = item.get('metadata', {})
        extra = {key[0].upper() + key[1:]: kept[key] for key in headers if key in kept}
        extra['Metadata'] = kept.get('user', {})
        if 'tags' in kept:
            extra['Tagging'] = urlencode(kept['tags'])
        with unpacked.open(item.get('entry', f'storage/{name}/' + item.get('path', ''))) as content:
            s3.upload_fileobj(content, bucket, prefix + item['path'], ExtraArgs=extra)
`;

export const DECRYPT = `
## Decrypt

\`holdfast decrypt archive.zip.crypt archive.zip\` needs the key. Without holdfast: the encryption is the published
streaming AEAD **AES256_GCM_HKDF_1MB** of Tink (https://developers.google.com/tink/streaming-aead), with empty
associated data. Any Tink library decrypts it, given a keyset with one AesGcmHkdfStreamingKey: the key's 32 bytes as
key value, and as parameters ciphertext segment size 1048576, derived key size 32, HKDF hash SHA256. In short, for
any program with AES-GCM and HKDF:

- Header, 40 bytes: one byte 40, 32 bytes salt, 7 bytes nonce prefix.
- Key of the file: HKDF-SHA256 of your key with that salt, empty info, 32 bytes.
- Segments: the first ends where the file reaches 1048576 bytes, header included; each further one has 1048576 bytes, the
  last one what is left. Each ends with its 16-byte tag.
- Segment i, from 0, is AES-256-GCM with the nonce: nonce prefix, i as 4 bytes big endian, one byte 1 for the last
  segment, else 0. No associated data.
- A segment that does not authenticate, or a file whose last one is not marked as last, is damaged: do not use it.
`;

/** RESTORE.md for an archive with a PostgreSQL database. */
export const POSTGRES_NOTE = TITLE + UNPACK + POSTGRES_QUICK + CHECK + POSTGRES_STEPS + FILES_STEPS + DECRYPT;

/** RESTORE.md for an archive without a database. */
export const FILES_NOTE = TITLE + UNPACK + FILES_QUICK + CHECK + FILES_STEPS + DECRYPT;
