import { type Application, makeApplication } from './application.ts';
import type { Bench, Part } from './bench.ts';
import { benchBackup } from './postgres-backup.ts';
import { startBenchServer } from './postgres-data.ts';
import { benchEverything } from './postgres-everything.ts';
import { benchRestore, benchTable } from './postgres-restore.ts';
import { benchVerify } from './verify.ts';

const SECTIONS = {
  backup: benchBackup,
  everything: benchEverything,
  restore: benchRestore,
  table: benchTable,
  verify: benchVerify,
} satisfies Record<string, (bench: Bench, application: Application) => Promise<void>>;

export const postgresPart: Part = {
  sections: Object.keys(SECTIONS),
  run: async (bench, wanted) => {
    const server = await startBenchServer();
    try {
      const application = await makeApplication(bench, server);
      bench.report.print(
        `## PostgreSQL\n\n${server.about}; the server on the same machine, asked through its socket.`,
      );
      for (const [name, section] of Object.entries(SECTIONS))
        if (wanted(name)) await section(bench, application);
    } finally {
      await server.stop();
    }
  },
};
