import { describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { decodeJournal, encodeJournal, type Journal } from '../../../src/workflow/journal/journal.ts';

const JOURNAL: Journal = {
  token: '0123456789ab',
  tool: '1.2.3',
  process: thisProcess(),
  archive: 'app.zip',
  started: '2026-01-02T03:04:05.000Z',
  phase: 'swapping',
  storages: [{ kind: 'local', name: '/srv/uploads', record: { target: '/srv/uploads' } }],
  database: { engine: 'postgres', name: 'app', record: { transaction: '123' } },
};

const REFUSED = expect.objectContaining({ code: 'refused' });

describe('a journal', () => {
  it('is read as it was written', () => {
    expect(decodeJournal(encodeJournal(JOURNAL), '/j')).toMatchObject(JOURNAL);
    expect(decodeJournal(encodeJournal({ ...JOURNAL, database: null }), '/j')).toMatchObject({
      database: null,
    });
  });

  it('of a newer holdfast is refused, with its version', () => {
    const newer = JSON.stringify({ journal: 2, tool: '9.8.7', anything: 'else' });
    expect(() => decodeJournal(newer, '/j')).toThrow(
      expect.objectContaining({ code: 'refused', message: expect.stringContaining('9.8.7') }),
    );
  });

  it('is refused when any of it is missing or of another kind', () => {
    const fields = JSON.parse(encodeJournal(JOURNAL)) as Record<string, unknown>;
    const wrong = [
      ...Object.keys(fields).map((name) => ({ [name]: undefined })),
      { journal: 0 },
      { token: '../../../etc' },
      { phase: 'later' },
      { process: { ...JOURNAL.process, pid: -1 } },
      { process: { ...JOURNAL.process, boot: 1 } },
      { storages: {} },
      { storages: [{ kind: 'local', name: 'x', record: [] }] },
      { storages: [{ name: 'x', record: {} }] },
      { database: { name: 'x', record: {} } },
    ];
    for (const change of wrong) {
      expect(() => decodeJournal(JSON.stringify({ ...fields, ...change }), '/j')).toThrow(REFUSED);
    }
    for (const text of ['', '{', 'null', '[]', '{}', '"x"', encodeJournal(JOURNAL).slice(0, -10)]) {
      expect(() => decodeJournal(text, '/j')).toThrow(REFUSED);
    }
  });
});
