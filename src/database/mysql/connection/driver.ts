// All that is used of mysql2. It is loaded where a connection is made (handshake.ts) and nowhere else: scripts/bundle.ts packs this
// file apart, so that no other command reads a megabyte of it.
export { authPlugins, createConnection } from 'mysql2';
