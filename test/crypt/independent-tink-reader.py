"""Decrypts Tink's AES256_GCM_HKDF_1MB from standard input to standard output; the key in hex is the argument."""
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

crypt = sys.stdin.buffer.read()
length, salt, prefix = crypt[0], crypt[1:33], crypt[33:40]
assert length == 40
key = HKDF(SHA256(), 32, salt, b"").derive(bytes.fromhex(sys.argv[1]))
segments = [crypt[40 : 1 << 20]] + [crypt[at : at + (1 << 20)] for at in range(1 << 20, len(crypt), 1 << 20)]
for number, segment in enumerate(segments):
    last = b"\1" if number == len(segments) - 1 else b"\0"
    sys.stdout.buffer.write(AESGCM(key).decrypt(prefix + number.to_bytes(4, "big") + last, segment, None))
