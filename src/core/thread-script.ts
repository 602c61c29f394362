/** What threads run: `src/thread.ts`. In the executable, which has no files, the bundled text of it stands here instead. */
export const THREAD_SCRIPT: URL | string = new URL('../thread.ts', import.meta.url);
