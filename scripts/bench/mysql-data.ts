import { createConnection } from 'mysql2/promise';
import { type MysqlServer, ROOT_PASSWORD } from '../../test/servers/mysql.ts';
import { Dice, documents, Prose } from './rows.ts';

/** What a server for a bench is started with: a buffer pool that holds the data, and a log that waits for the disk as it does elsewhere. */
export const MYSQL_SETTINGS: readonly string[] = [
  '--innodb-buffer-pool-size=1G',
  '--loose-innodb-log-file-size=1G',
  '--loose-innodb-redo-log-capacity=1G',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-flush-method=fsync',
];

/** Rows of each table, and with them about 400 MB as SQL. */
const ROWS = { documents: 22_000, accounts: 3_000_000, orders: 600_000, articles: 40_000 };

/** What one statement holds at most, about; servers take 16 MiB as they come. */
const STATEMENT_CHARACTERS = 1024 ** 2;

const SCHEMA = `
CREATE TABLE documents (id BIGINT PRIMARY KEY, title VARCHAR(500) NOT NULL, data JSON NOT NULL, tags VARCHAR(500) NOT NULL,
  hash VARBINARY(64) NOT NULL, body MEDIUMTEXT NOT NULL, score DECIMAL(8,3), created DATETIME(6) NOT NULL, KEY (created));
CREATE TABLE accounts (id INT PRIMARY KEY AUTO_INCREMENT, branch INT NOT NULL, name VARCHAR(40) NOT NULL,
  balance DECIMAL(12,2) NOT NULL, note VARCHAR(40), KEY (branch, balance), KEY (name));
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, account INT NOT NULL, state ENUM('new','paid','sent','returned') NOT NULL,
  amount DECIMAL(10,2) NOT NULL, placed DATETIME NOT NULL, comment VARCHAR(60), KEY (placed),
  FOREIGN KEY (account) REFERENCES accounts (id));
CREATE TABLE articles (id INT PRIMARY KEY AUTO_INCREMENT, title VARCHAR(200) NOT NULL, content TEXT NOT NULL,
  FULLTEXT KEY (title, content));
`;

/**
 * Makes a database and fills it: documents with text, JSON, bytes, decimals and times, accounts with two secondary
 * indexes, orders with an ENUM and a foreign key, articles with a FULLTEXT index. The same rows each time.
 * @param scale 1 for about 400 MB as SQL
 */
export async function fillMysql(server: MysqlServer, database: string, scale: number): Promise<void> {
  await server.createDatabase(database);
  await server.query(database, SCHEMA);
  const count = (table: keyof typeof ROWS): number => Math.max(1, Math.round(ROWS[table] * scale));
  await insert(server, database, 'documents', documentRows(count('documents')));
  await insert(server, database, 'accounts', accountRows(count('accounts')));
  await insert(server, database, 'orders', orderRows(count('orders'), count('accounts')));
  await insert(server, database, 'articles', articleRows(count('articles')));
  await server.query(database, `ANALYZE TABLE ${Object.keys(ROWS).join(', ')}`);
}

/** Sends rows, as they stand in VALUES, in statements of about a megabyte. */
async function insert(
  server: MysqlServer,
  database: string,
  table: string,
  rows: Iterable<string>,
): Promise<void> {
  const login = { host: '127.0.0.1', port: server.port, user: 'root', password: ROOT_PASSWORD };
  const connection = await createConnection({ ...login, database, charset: 'utf8mb4' });
  try {
    await connection.query('START TRANSACTION');
    let values = '';
    const send = async (): Promise<void> => {
      if (values !== '') await connection.query(`INSERT INTO ${table} VALUES ${values}`);
      values = '';
    };
    for (const row of rows) {
      values += values === '' ? row : `,${row}`;
      if (values.length >= STATEMENT_CHARACTERS) await send();
    }
    await send();
    await connection.query('COMMIT');
  } finally {
    await connection.end();
  }
}

function* documentRows(count: number): Generator<string, void, void> {
  for (const { id, title, data, tags, hash, body, created } of documents(count, 1)) {
    const score = id % 10 === 0 ? 'NULL' : `${id % 997}.${id % 7}25`;
    yield `(${id},${quote(title)},${quote(data)},${quote(tags.join(','))},X'${hash}',${quote(body)},${score},'${created}')`;
  }
}

function* accountRows(count: number): Generator<string, void, void> {
  const dice = new Dice(2);
  for (let id = 1; id <= count; id++) {
    const name = dice.roll(0x1_0000_0000).toString(36).padStart(7, '0');
    const note = id % 4 === 0 ? 'NULL' : `'note ${dice.roll(10_000)}'`;
    yield `(${id},${Math.ceil(id / 10_000)},'account-${name}',${dice.roll(1_000_000)}.${10 + dice.roll(90)},${note})`;
  }
}

const STATES = ['new', 'paid', 'sent', 'returned'];

function* orderRows(count: number, accounts: number): Generator<string, void, void> {
  const dice = new Dice(3);
  for (let id = 1; id <= count; id++) {
    const day = `2026-0${1 + dice.roll(9)}-1${dice.roll(10)} 1${dice.roll(10)}:2${dice.roll(10)}:3${dice.roll(10)}`;
    const comment = id % 3 === 0 ? 'NULL' : `'to be left at the door ${dice.roll(1000)}'`;
    yield `(${id},${1 + dice.roll(accounts)},'${dice.pick(STATES)}',${dice.roll(10_000)}.${10 + dice.roll(90)},'${day}',${comment})`;
  }
}

function* articleRows(count: number): Generator<string, void, void> {
  const prose = new Prose(new Dice(4));
  for (let id = 1; id <= count; id++)
    yield `(${id},${quote(prose.sentence().slice(0, 199))},${quote(prose.text(6))})`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`;
}
