import { createHash, createPrivateKey, createPublicKey, randomBytes, verify } from 'node:crypto';

/** The order of the base point, and the prime of the field (RFC 8032, 5.1). */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const prime = 2n ** 255n - 19n;

const x25519Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const ed25519PublicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * MariaDB's `client_ed25519`, which mysql2 lacks: the server's 32 random bytes are signed with the password as the key.
 * It is Ed25519 but for the key, which is hashed from a password of any length, where RFC 8032 has 32 bytes.
 */
export function ed25519Plugin(password: string) {
  return () =>
    (nonce: Buffer): Buffer =>
      password === '' ? Buffer.alloc(0) : signWithPassword(password, nonce.subarray(0, 32));
}

/**
 * Signs with the key that a password hashes to. Node's Ed25519 takes no such key. Its X25519 multiplies the same curve's base
 * point by the same kind of number, in constant time, and leaves one bit of the result open: of the four ways to fill in the two
 * bits, one makes a signature that is valid, and Node tells which.
 */
function signWithPassword(password: string, message: Buffer): Buffer {
  const secret = createHash('sha512').update(password).digest().subarray(0, 32);
  const random = randomBytes(32);
  const scalar = clamp(secret);
  for (const publicKey of multiplyBase(secret)) {
    for (const commitment of multiplyBase(random)) {
      const challenge = fromBytes(
        createHash('sha512').update(commitment).update(publicKey).update(message).digest(),
      );
      const response = (clamp(random) + challenge * scalar) % order;
      const signature = Buffer.concat([commitment, toBytes(response)]);
      const key = createPublicKey({
        key: Buffer.concat([ed25519PublicPrefix, publicKey]),
        format: 'der',
        type: 'spki',
      });
      if (verify(null, message, key, signature)) return signature;
    }
  }
  throw new Error('no signature could be made');
}

/** The two points, written as Ed25519 has it, one of which is the base point times the clamped number. */
function multiplyBase(number: Buffer): [Buffer, Buffer] {
  const key = createPrivateKey({ key: Buffer.concat([x25519Prefix, number]), format: 'der', type: 'pkcs8' });
  const u = fromBytes(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
  // RFC 7748, 4.1: the map from Curve25519 to edwards25519.
  const y = ((u - 1n + prime) * power(u + 1n, prime - 2n)) % prime;
  return [toBytes(y), toBytes(y | (1n << 255n))];
}

/** RFC 7748, 5: which numbers X25519 takes. */
function clamp(bytes: Buffer): bigint {
  const low = fromBytes(bytes) & ((1n << 254n) - 8n);
  return low | (1n << 254n);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

function fromBytes(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(Buffer.from(number.toString(16).padStart(64, '0'), 'hex').toReversed());
}
