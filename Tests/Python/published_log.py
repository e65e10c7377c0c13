"""Reads a published log as the page "Publication" of the documentation describes it, with nothing
but Python's standard library, and says what it found: one JSON document, or an error.

usage: published_log.py DIRECTORY [VKEY]

The signature is checked with the command `openssl` when a vkey is given.
"""

import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

KINDS = ["genesis", "capture", "event", "receipt", "redaction", "key", "note"]


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def number(n):
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def tile_path(level, n, width):
    return f"tile/{level}/{number(n)}" + (f".p/{width}" if width < 256 else "")


def root(hashes):
    """RFC 6962 section 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha(b"\x01", root(hashes[:split]), root(hashes[split:]))


def read_entries(folder, size):
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        bundle = (folder / tile_path("entries", n, width)).read_bytes()
        place = 0
        for _ in range(width):
            (length,) = struct.unpack_from(">H", bundle, place)
            entry = bundle[place + 2 : place + 2 + length]
            assert len(entry) == length, f"bundle {n} is cut off"
            yield entry
            place += 2 + length
        assert place == len(bundle), f"bundle {n} has bytes after its entries"


def check_tiles(folder, leaves):
    level, hashes = 0, leaves
    while hashes:
        for n in range((len(hashes) + 255) // 256):
            part = hashes[256 * n : 256 * n + 256]
            stored = (folder / tile_path(level, n, len(part))).read_bytes()
            assert stored == b"".join(part), f"tile {level}/{n} is not that of the entries"
        full = len(hashes) // 256
        hashes = [root(hashes[256 * n : 256 * n + 256]) for n in range(full)]
        level += 1


def check_entry(folder, index, entry, previous):
    assert len(entry) == 96, f"entry {index} has {len(entry)} bytes"
    version, kind, _, reserved, own, time, _ = struct.unpack(">BBHIQqQ", entry[:32])
    assert version == 1 and reserved == 0 and own == index, f"entry {index} is malformed"
    assert entry[32:64] == previous, f"entry {index} does not follow the one before"
    if kind in (0, 4, 5):
        payload = (folder / "payload" / number(index)).read_bytes()
        zeros = bytes(16)
        first, second = sha(b"\x02", zeros, payload), sha(b"\x03", zeros)
        commitment = sha(b"provender/payload/v1\n", first, second)
        assert commitment == entry[64:], f"entry {index} does not commit to its payload"
    return kind, time


def check_signature(text, signatures, vkey):
    name, key_id, key = vkey.split("+", 2)
    public = base64.b64decode(key)[1:]
    for line in signatures:
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if (dash, signer, blob[:4].hex()) != ("\u2014", name, key_id):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            paths = [pathlib.Path(scratch, name) for name in ("key", "text", "signature")]
            # The DER of an Ed25519 public key is these twelve bytes and the key.
            der = bytes.fromhex("302a300506032b6570032100") + public
            for path, data in zip(paths, (der, text, blob[4:])):
                path.write_bytes(data)
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
            command += ["-inkey", paths[0], "-in", paths[1], "-sigfile", paths[2]]
            return subprocess.run(command, capture_output=True).returncode == 0
    return False


def main():
    folder = pathlib.Path(sys.argv[1])
    text, _, signatures = (folder / "checkpoint").read_bytes().rpartition(b"\n\n")
    text += b"\n"
    origin, size, claimed = text.decode().splitlines()[:3]
    leaves, kinds, times = [], {}, []
    for index, entry in enumerate(read_entries(folder, int(size))):
        previous = leaves[-1] if leaves else bytes(32)
        leaves.append(sha(b"\x00", entry))
        kind, time = check_entry(folder, index, entry, previous)
        kinds[KINDS[kind]] = kinds.get(KINDS[kind], 0) + 1
        times.append(time)
    assert times == sorted(times), "record times decrease"
    check_tiles(folder, leaves)
    assert root(leaves) == base64.b64decode(claimed), "the root is not the checkpoint's"
    report = {"origin": origin, "entries": int(size), "root": root(leaves).hex(), "kinds": kinds}
    if len(sys.argv) > 2:
        report["signed"] = check_signature(text, signatures.decode().splitlines(), sys.argv[2])
    print(json.dumps(report))


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, OSError, ValueError, struct.error) as error:
        sys.exit(f"not intact: {error!r}")
