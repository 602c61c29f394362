'use strict';
// Loaded into the executable under test with NODE_OPTIONS=--require: makes one call to the file system that changes something the
// last one. CRASH_MODE says how: `kill` ends the process right before it, `full` makes it and all later ones that need room fail
// as on a full disk, `unsynced` counts calls that bring something to the disk alone, and makes it and all later ones fail when they
// have done so, `count` lets all pass. At its end the process writes their number to CRASH_COUNT.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const mode = process.env.CRASH_MODE;
const at = Number(process.env.CRASH_AT);
const under = process.env.CRASH_UNDER;
let calls = 0;

/** Calls that need room on the disk. */
const GROWING = new Set(['open', 'openSync', 'mkdir', 'symlink', 'write', 'writev', 'writeFile', 'link']);

function reached(name) {
  if (mode === 'unsynced' && name !== 'sync') return;
  calls += 1;
  if (mode === 'kill' && calls === at) process.kill(process.pid, 'SIGKILL');
  if (mode !== 'full' || calls < at || !GROWING.has(name)) return;
  throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), {
    code: 'ENOSPC',
    errno: -28,
    syscall: name,
  });
}

function concerns(name, args) {
  const [path, flags] = args;
  if (!(typeof path === 'string' || Buffer.isBuffer(path)) || !realPath(path).startsWith(under)) return false;
  if (name !== 'open' && name !== 'openSync') return true;
  return typeof flags === 'string'
    ? /[wa+]/.test(flags)
    : (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
}

/** What is done in a directory that is held open begins with its descriptor. */
function realPath(path) {
  return path.toString('latin1').replace(/^\/proc\/self\/fd\/\d+/, (descriptor) => {
    try {
      return fs.readlinkSync(descriptor, 'latin1');
    } catch {
      return descriptor;
    }
  });
}

function wrap(object, name) {
  const original = object[name];
  object[name] = function (...args) {
    if (!concerns(name, args)) return original.apply(this, args);
    // What a promise function throws, it throws into its promise.
    if (object === fs.promises)
      return Promise.resolve().then(() => (reached(name), original.apply(this, args)));
    reached(name);
    return original.apply(this, args);
  };
}

const CHANGING = [
  'rename',
  'link',
  'unlink',
  'rm',
  'rmdir',
  'mkdir',
  'symlink',
  'chmod',
  'utimes',
  'lutimes',
  'writeFile',
  'open',
];
for (const name of CHANGING) wrap(fs.promises, name);
for (const name of CHANGING) wrap(fs, `${name}Sync`);

const isUnsynced = () => mode === 'unsynced' && calls >= at;
const syncError = () =>
  Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', errno: -5, syscall: 'fsync' });

if (mode === 'unsynced') {
  const original = fs.fsync;
  fs.fsync = (descriptor, callback) => {
    reached('sync');
    original(descriptor, (error) => callback(error ?? (isUnsynced() ? syncError() : null)));
  };
}

// A file's handle has no path: all that is written to handles counts.
const handles = require('node:fs/promises');
const probe = handles.open(__filename, 'r');
probe.then(async (handle) => {
  const prototype = Object.getPrototypeOf(handle);
  for (const name of ['write', 'writev', 'writeFile', 'sync', 'utimes', 'chmod']) {
    const original = prototype[name];
    prototype[name] = async function (...args) {
      reached(name);
      const result = await original.apply(this, args);
      if (name === 'sync' && isUnsynced()) throw syncError();
      return result;
    };
  }
  await handle.close();
});
syncBuiltinESMExports();

if (process.env.CRASH_COUNT)
  process.on('exit', () => fs.writeFileSync(process.env.CRASH_COUNT, String(calls)));
