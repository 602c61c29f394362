import { createCipheriv, randomBytes } from 'node:crypto';
import { encrypt } from '../../crypt/encrypt.ts';
import { forge, useZip64 } from '../forge.ts';
import { addSampleStorage, sampleArchive, smallArchive } from '../sample.ts';
import type { Base } from './mutation.ts';

const KEY = '0123456789abcdef'.repeat(4);

/** What is damaged: an archive with a database, files and links; the same with zip64 records; crypts of it. */
export async function makeBases(): Promise<Base[]> {
  const plain = await sampleArchive();
  return [
    { name: 'plain', bytes: plain, key: null },
    { name: 'zip64', bytes: withZip64(plain), key: null },
    { name: 'tink', bytes: await encrypt(Buffer.from(KEY, 'hex'), plain), key: KEY },
    {
      name: 'tink, 3 segments',
      bytes: await encrypt(Buffer.from(KEY, 'hex'), await largeArchive()),
      key: KEY,
    },
    { name: 'sysreptor', bytes: encryptAsSysreptor(plain), key: KEY },
  ];
}

/** So large that its crypt has a first, a middle and a last segment. */
function largeArchive(): Promise<Buffer> {
  const file = { path: Buffer.from('a'), content: randomBytes(2_200_000), method: 'store' } as const;
  return smallArchive(async (writer) => ({ storages: [await addSampleStorage(writer, [file])] }));
}

function withZip64(plain: Buffer): Buffer {
  return forge(plain, (zip) => {
    zip.zip64 = true;
    let offset = 0;
    for (const entry of zip.entries) {
      useZip64(entry, offset);
      offset += 30 + entry.local.name.length + entry.data.length + entry.descriptor.length;
    }
  });
}

function encryptAsSysreptor(plain: Buffer): Buffer {
  const nonce = randomBytes(16);
  const facts = { cipher: 'AES-GCM', nonce: nonce.toString('base64'), key_id: 'x' };
  const header = Buffer.concat([
    Buffer.of(0xc2, 0x59, 0x50, 0x54),
    Buffer.from(`${JSON.stringify(facts)}\0`),
  ]);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(KEY, 'hex'), nonce);
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
