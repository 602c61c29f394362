// node writer-main.ts DATABASE [hold]: moves amounts from one table to another until it is told to stop; or holds a lock.
import { DatabaseSync } from 'node:sqlite';

const [path = '', hold] = process.argv.slice(2);
const db = new DatabaseSync(path, { timeout: 60_000 });
if (hold === undefined) {
  let written = 0;
  const move = (): void => {
    const id = 1 + ((written * 7919) % 20_000);
    db.exec(
      `BEGIN IMMEDIATE; UPDATE a SET n = n - 1 WHERE id = ${id}; UPDATE b SET n = n + 1 WHERE id = ${id}; COMMIT`,
    );
    written += 1;
  };
  move();
  process.send?.('writing');
  const timer = setInterval(move, 1);
  process.once('message', () => {
    clearInterval(timer);
    db.close();
    process.send?.(written);
    process.disconnect?.();
  });
} else {
  db.exec('BEGIN EXCLUSIVE');
  process.send?.('holding');
  setInterval(() => {}, 1000);
}
