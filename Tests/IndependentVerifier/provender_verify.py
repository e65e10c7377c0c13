#!/usr/bin/env python3
"""Verifies a Provender ledger, written from the documentation alone.

    provender_verify.py LEDGER [--since CHECKPOINT]... [--key VKEY] [--json]
    provender_verify.py --batch FILE      one JSON array of arguments a line; one JSON verdict a line

The pages are Format.md, Keys.md and Verification.md of the documentation catalogue, and the C2SP
texts of signed-note and tlog-checkpoint. Python's standard library does all but Ed25519, which is
the `openssl` command's work. Exit codes are those of `provender verify`.
"""
import base64, functools, hashlib, json, mmap, os, re, stat, struct, subprocess, sys, tempfile

DERIVED, TORN, CORRUPT, TAMPERED, UNSIGNED = 1, 2, 3, 4, 5
VERDICTS = {0: "intact", 1: "derived", 2: "torn", 3: "corrupt", 4: "tampered", 5: "unsigned"}
ZEROS = bytes(32)
SEGMENT, FRAME, COMMITTED = b"\xffPVRSEGM", b"\xffPVRFRAM", b"\xffPVRCOMM"
GENESIS, CAPTURE, EVENT, RECEIPT, REDACTION, KEY, NOTE = range(7)
LAST, HELD = 1, 2
# Faults of a frame that was not written whole; others are damage wherever they stand.
NOT_WHOLE = ("frame", "directory", "table", "payload", "links", "padding")
MAX_BODY, MAX_PAYLOAD, MAX_LINKS = 67_108_864, 33_554_432, 16_777_216


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = crc_table()


def crc32c(data):
    return remembered_crc32c(bytes(data)) if len(data) <= 4096 else bare_crc32c(data)


@functools.lru_cache(maxsize=16384)
def remembered_crc32c(data):
    return bare_crc32c(data)


def bare_crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC_TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def is_zero(data):
    return not data.strip(b"\0")


def zeros_end(data, start, end):
    """The first offset from start that holds another byte than zero, or end."""
    while start < end:
        block = data[start:min(end, start + 65536)]
        rest = block.lstrip(b"\0")
        if rest:
            return start + len(block) - len(rest)
        start += len(block)
    return end


def roots(leaves, sizes):
    """The RFC 6962 roots of the first n leaves for each n of sizes; the leaves are hashes."""
    found, stack, wanted = {}, [], set(sizes)
    for n in range(len(leaves) + 1):
        if n in wanted:
            root = None
            for _, node in reversed(stack):
                root = node if root is None else sha(b"\1", node, root)
            found[n] = root if root is not None else sha()
        if n < len(leaves):
            level, node = 0, leaves[n]
            while stack and stack[-1][0] == level:
                node, level = sha(b"\1", stack.pop()[1], node), level + 1
            stack.append((level, node))
    return found


# Ed25519, notes, checkpoints


@functools.lru_cache(maxsize=None)
def ed25519(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("key", "message", "signature")]
        der = bytes.fromhex("302a300506032b6570032100") + key
        for name, content in zip(names, (der, message, signature)):
            with open(name, "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
                   "-inkey", names[0], "-in", names[1], "-sigfile", names[2]]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def stamped_digest(reply):
    """The SHA-256 that a granted RFC 3161 reply is about, or None."""
    size = int.from_bytes(reply[2:2 + (reply[1] & 15)], "big") if len(reply) > 8 and reply[1] > 128 else -1
    if size + 2 + (reply[1] & 15 if size >= 0 else 0) != len(reply):
        return None  # DER, and nothing after it
    command = ["openssl", "ts", "-reply", "-in", "/dev/stdin", "-text"]
    run = subprocess.run(command, input=reply, capture_output=True, check=False)
    text = run.stdout.decode("latin-1")
    match = re.search(r"Hash Algorithm: sha256\nMessage data:\n((?: +[0-9a-f]{4} - .*\n)+)", text)
    if run.returncode or not match or not re.search("Status: Granted", text):
        return None
    lines = [line.split(" - ", 1)[1][:47] for line in match[1].splitlines()]
    return bytes.fromhex("".join(lines).replace("-", " ").replace(" ", ""))


def unbase64(text):
    """Strict base64, or None: no other characters, whole groups, zero bits at the end."""
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) or len(text) % 4:
        return None
    if re.search(r"=.*[^=]", text):
        return None
    data = base64.b64decode(text)
    return data if base64.b64encode(data).decode() == text else None


def key_id(name, kind, key):
    return sha(name.encode(), b"\n", bytes([kind]), key)[:4]


def is_name(name):
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


class Checkpoint:
    """A tlog-checkpoint in a signed note; `fault` says why it is none."""

    def __init__(self, data):
        self.fault = self.parse(data)

    def parse(self, data):
        if len(data) > 1_000_000:
            return "too long"
        try:
            note = data.decode("utf-8")
        except UnicodeDecodeError:
            return "no UTF-8"
        if any(c < " " and c != "\n" for c in note):
            return "a control character"
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            return "no signatures"
        self.body, self.signatures = (text + "\n").encode(), []
        for line in lines[:-1].split("\n"):
            match = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line)
            blob = unbase64(match[2]) if match else None
            if blob is None or len(blob) < 5 or not is_name(match[1]):
                return "a malformed signature line"
            self.signatures.append((match[1], blob[:4], blob[4:]))
        if not 1 <= len(self.signatures) <= 100:
            return "too many signatures"
        fields = text.split("\n")
        if len(fields) < 3 or "" in fields:
            return "fewer than three lines"
        self.origin, size, root = fields[:3]
        self.root = unbase64(root)
        if not re.fullmatch("0|[1-9][0-9]{0,19}", size) or int(size) >= 1 << 64:
            return "no size"
        if self.root is None or len(self.root) != 32:
            return "no root"
        self.size = int(size)
        return None

    def signed_by(self, name, key):
        """True or False as the signature of this key holds or not; None without one."""
        found = [blob for n, i, blob in self.signatures
                 if n == name and i == key_id(name, 1, key)]
        return all(ed25519(key, self.body, blob) for blob in found) if found else None


def parse_vkey(text):
    name, plus, rest = text.strip().partition("+")
    hexadecimal, plus, encoded = rest.partition("+")
    data = unbase64(encoded)
    if not plus or not is_name(name) or data is None or len(data) != 33 or data[0] != 1:
        return None
    return (name, data[1:]) if key_id(name, 1, data[1:]).hex() == hexadecimal else None


# Payloads


def is_utf8(data):
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class Fields:
    """Reads a payload from its start; anything that is not there makes it `bad` for good."""

    def __init__(self, data):
        self.data, self.at, self.bad = data, 0, False

    def take(self, count):
        part = self.data[self.at:self.at + count]
        self.bad = self.bad or len(part) != count
        self.at += count
        return part if len(part) == count else bytes(min(count, 255))

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def text(self):
        data = self.take(self.number(2))
        self.bad = self.bad or not is_utf8(data)
        return "" if self.bad else data.decode("utf-8")

    def done(self):
        return not self.bad and self.at == len(self.data)


def is_origin(text):
    return (1 <= len(text.encode()) <= 255 and is_name(text)
            and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text))


def parse_genesis(payload):
    """Origin and log id, or None."""
    fields = Fields(payload)
    version, origin, log_id, follows = fields.number(1), fields.text(), fields.take(16), fields.number(1)
    ok = version == 1 and is_origin(origin) and follows <= 1
    if follows == 1:
        ok = is_origin(fields.text()) and ok
        fields.take(40)
        fields.text()
    return (origin, log_id) if ok and fields.done() else None


def parse_redaction(payload):
    """Reason and targets (index, scope, digest), or None."""
    fields = Fields(payload)
    version, reason, count = fields.number(1), fields.text(), fields.number(2)
    ok, targets = version == 1 and count > 0, []
    ok = ok and bool(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", reason))
    for _ in range(count if ok else 0):
        index, scope = fields.number(8), fields.number(1)
        ok = ok and scope in (1, 2) and (not targets or targets[-1][0] < index)
        targets.append((index, scope, fields.take(32) if scope == 1 else None))
        if fields.bad:
            return None
    return (reason, targets) if ok and fields.done() else None


# Links (Links.md)


class Links(Fields):
    def unsigned(self):
        value, shift, byte = 0, 0, 128
        while byte & 128 and not self.bad:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            self.bad = self.bad or shift > 70 or value >= 1 << 64 or (byte == 0 and shift > 7)
        return value

    def signed(self):
        value = self.unsigned()
        return value >> 1 ^ -(value & 1)

    def string(self):
        count = self.unsigned()
        data = self.take(count) if count <= len(self.data) else b""
        self.bad = self.bad or count > len(self.data) or not is_utf8(data)
        return data

    def choice(self, last, first=0):
        value = self.number(1)
        self.bad = self.bad or not first <= value <= last
        return value

    def name(self):
        if self.string():
            self.choice(9)

    def strings(self, count):
        for _ in range(count):
            self.string()

    def time(self):
        self.take(8)
        if not self.choice(3) & 2:
            self.bad = self.bad or not -840 <= self.signed() <= 840

    def each(self, field):
        for _ in range(min(self.unsigned(), len(self.data) + 1)):
            if not self.bad:
                field()

    def item(self):
        self.choice(5, 1)
        flags = self.choice(15)
        self.name()
        if flags & 2:
            mantissa, _ = self.signed(), self.signed()
            self.bad = self.bad or (mantissa != 0 and mantissa % 10 == 0)
        self.strings((flags >> 2 & 1) + (flags >> 3))

    def pair(self):
        self.string()
        self.name()

    def master(self):
        self.strings(2)
        self.choice(9)
        self.each(lambda: self.strings(2))

    def event(self):
        self.choice(1, 1), self.choice(5, 1), self.choice(3)
        self.string()
        self.take(32)
        self.time()
        self.strings(2)
        self.name(), self.name()
        self.each(self.item)
        for _ in range(3):
            self.each(self.pair)
        self.strings(2)
        self.each(self.name)
        if self.choice(1):
            self.time()
            self.string()
            self.each(self.string)
        return self.done()

    def capture(self):
        self.choice(1, 1)
        self.string()
        self.each(self.master)
        return self.done()


# Keys


class KeyHistory:
    """The log's keys, from its entries of kind 5 in order (Keys.md)."""

    def __init__(self, log_id):
        self.log_id, self.count, self.keys, self.current, self.recovery = log_id, 0, [], None, None
        self.previous = ZEROS

    def find(self, key):
        return next((k for k in self.keys if k["key"] == key), None)

    def take(self, index, time, payload):
        """Why the entry counts for nothing, or None after it was taken in."""
        fields = Fields(payload)
        version, sequence, previous, action = (
            fields.number(1), fields.number(4), fields.take(32), fields.number(1))
        if fields.bad or version != 1:
            return "is malformed"
        first, second, above, signers = fields.take(32), None, None, []
        if action == 1:
            second = fields.take(32)
            signers = [first, second]
        elif action == 2:
            signers = [self.current["key"] if self.current else None, first]
        elif action == 3:
            above, follows = fields.number(8), fields.number(1)
            if follows > 1:
                return "is malformed"
            second = fields.take(32) if follows else None
            signers = [self.recovery] + ([second] if follows else [])
        else:
            return "has an unknown action"
        signed = b"provender/key/v1\n" + self.log_id + payload[:fields.at]
        signatures = [fields.take(64) for _ in signers]
        if not fields.done():
            return "is malformed"
        fault = self.judge(index, sequence, action, first, second, above)
        if fault or previous != self.previous:
            return fault or "follows another key entry"
        if not all(ed25519(k, signed, s) for k, s in zip(signers, signatures)):
            return "has a signature that does not hold"
        self.apply(index, time, action, first, second, above)
        self.previous = sha(payload)
        return None

    def judge(self, index, sequence, action, first, second, above):
        if sequence != self.count or sequence > 4095:
            return "is out of order"
        if (action == 1) != (self.count == 0):
            return "establishes keys, and is not the first" if self.count else "comes before any key"
        if action == 1:
            return "names one key twice" if first == second else None
        fresh = first if action == 2 else second
        if fresh is not None and (self.find(fresh) or fresh == self.recovery):
            return "introduces a key that was there before"
        if action == 2 and self.current is None:
            return "has no key to take over from"
        if action == 3 and (self.find(first) is None or above > index):
            return "revokes a key that there is not, or above its own index"
        return None

    def apply(self, index, time, action, first, second, above):
        self.count += 1
        if action == 1:
            self.recovery = second
            self.introduce(index, first, None)
        elif action == 2:
            self.introduce(index, first, self.current)
        else:
            self.revoke(self.find(first), above, time)
            if self.current and self.current["above"] is not None:
                self.current = None
            if second is not None:
                self.introduce(index, second, None)

    def introduce(self, index, key, giver):
        if self.keys and self.keys[-1]["until"] is None:
            self.keys[-1]["until"] = index
        self.current = {"key": key, "from": index, "until": None, "giver": giver, "above": None}
        self.keys.append(self.current)

    def revoke(self, key, above, time):
        if key["above"] is None or above < key["above"]:
            key["above"] = above
        for heir in self.keys:
            if heir["giver"] is key and heir["from"] >= above and heir is not key:
                self.revoke(heir, above, time)

    def judge_checkpoint(self, checkpoint, name):
        """"counts", "void" (revoked), "key", "signature": what the signatures are worth."""
        results = set()
        for key in self.keys:
            holds = checkpoint.signed_by(name, key["key"])
            if holds is False:
                return "signature"
            if holds:
                s, until = checkpoint.size, key["until"]
                in_time = key["from"] < s and (until is None or s <= until)
                results.add(("void" if key["above"] is not None else "counts") if in_time
                            else ("void" if key["above"] is not None else "key"))
        return next((r for r in ("counts", "void", "key") if r in results), "signature")


# The log


class Entry:
    def __init__(self, data):
        (self.version, self.kind, self.flags, self.reserved, self.index, self.time, self.capture,
         self.previous, self.commitment) = struct.unpack(">BBHIQqQ32s32s", data)
        self.leaf = sha(b"\0", data)
        self.payload, self.links, self.digests, self.has_meaning = None, None, None, True
        self.place, self.bad = (None, 0), False

    def read_links(self):
        """Decodes the links, and forgets the bytes that nothing asks for any more."""
        if self.kind in (CAPTURE, EVENT) and self.links[0] == "intact" and self.links[1]:
            links = Links(self.links[1])
            self.has_meaning = links.event() if self.kind == EVENT else links.capture()
        if self.kind not in (GENESIS, REDACTION, KEY):
            self.payload, self.links = (self.payload[0], b""), (self.links[0], b"")


class Verifier:
    def __init__(self, path, since=(), keys=()):
        self.path, self.since, self.demanded = path, since, keys
        self.faults, self.notices, self.entries, self.leaves = [], [], {}, []
        self.origin, self.log_id, self.files = "", None, {}
        self.committed, self.closed, self.bound = None, False, 0
        self.mark, self.half_erased, self.pending, self.size, self.roots = None, [], [], 0, {}

    def fault(self, severity, kind, message, file=None, offset=None, entry=None):
        self.faults.append({"severity": severity, "kind": kind, "file": file, "offset": offset,
                            "entry": entry, "message": message})

    def read(self, name, cap=None):
        """The bytes of a file of the ledger, or None where there is no such file."""
        path = os.path.join(self.path, name)
        if not os.path.exists(path) or not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            if cap is not None:
                return file.read(cap)
            if os.fstat(file.fileno()).st_size == 0:
                return b""
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def names(self, folder):
        path = os.path.join(self.path, folder)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def run(self):
        segments = [n for n in self.names("log") if re.fullmatch(r"[0-9]{20}\.seg", n)]
        self.read_genesis(segments)
        self.read_committed()
        checkpoints = self.read_checkpoints()
        if not self.origin:  # Genesis is unreadable: the checkpoints tell the name that keys sign under.
            claims = sorted((c for _, c in checkpoints), key=lambda c: -c.size) + [c for _, c in self.since]
            self.origin = claims[0].origin if claims else ""
        self.read_mark()
        self.bound = max([self.bound] + [c.size for _, c in checkpoints])
        self.read_log(segments)
        self.check_entries()
        sizes = {self.size} | {c.size for _, c in checkpoints} | {c.size for _, c in self.since}
        if self.committed:
            sizes.add(self.committed["size"])
        whole = 0
        while whole < len(self.leaves) and self.leaves[whole] is not None:
            whole += 1
        self.roots = roots(self.leaves[:whole], sizes)
        self.check_committed()
        self.check_tree(whole)
        self.check_redactions()
        self.check_links()
        history = self.check_keys()
        self.check_stamps(checkpoints)
        self.check_checkpoints(checkpoints, history)
        return max([f["severity"] for f in self.faults], default=0)

    # FORMAT and genesis

    def find_log_id(self, segments):
        """The log id: of the first sound segment header, else of `committed`."""
        for name in segments:
            raw = (self.read(os.path.join("log", name)) or b"")[:512]
            if len(raw) == 512 and raw[:8] == SEGMENT and crc32c(raw[:508]) == int.from_bytes(raw[508:], "big"):
                return raw[16:32]
        data = self.read("committed", 1024) or b""
        for slot in (data[:512], data[512:]):
            if slot[:8] == COMMITTED and crc32c(slot[:508]) == int.from_bytes(slot[508:], "big"):
                return slot[8:24]
        return None

    def read_genesis(self, segments):
        data = self.read(os.path.join("log", segments[0])) if segments else None
        self.log_id = self.find_log_id(segments)
        if data and len(data) >= 512 + 96 and data[512:520] == FRAME:
            count, _, links, payloads = struct.unpack(">IIII", data[552:568])
            start = 512 + 96 + 144 * count + links
            payload = data[start:start + min(payloads, MAX_PAYLOAD)]
            parsed = parse_genesis(payload)
            line = data[512 + 96 + 96 * count:][:16]
            intact = crc32c(bytes(16) + payload) == int.from_bytes(line[8:12], "big")
            if intact and parsed and parsed[1] == self.log_id:
                self.origin = parsed[0]
        text = self.read("FORMAT", 4096)
        expected = f"provender 1\norigin {self.origin}\nlog {(self.log_id or b'').hex()}\n"
        if text != expected.encode():
            self.fault(CORRUPT, "format", "does not say what genesis says", "FORMAT", 0)

    # committed

    def read_committed(self):
        data = self.read("committed", 2048)
        if data is None or len(data) != 1024:
            self.fault(CORRUPT, "committed", "is not there or has another length", "committed")
            data = (data or b"").ljust(1024, b"\0")[:1024]
        slots = []
        for number in (0, 1):
            slot = data[512 * number:512 * number + 512]
            magic, log_id, sequence = struct.unpack(">8s16sQ", slot[:32])
            sound = (magic == COMMITTED and log_id == self.log_id and sequence % 2 == number
                     and is_zero(slot[160:508]) and crc32c(slot[:508]) == int.from_bytes(slot[508:], "big"))
            if sound:
                slots.append((sequence, slot))
            else:
                self.fault(CORRUPT, "committed-slot", "is not sound", "committed", 512 * number)
        if not slots:
            self.fault(CORRUPT, "committed", "has no sound slot", "committed", 0)
            return
        _, slot = max(slots)
        names = ("size", "frame", "end_segment", "end_offset", "last_segment", "last_offset", "time",
                 "tree", "leaf", "root")
        self.committed = dict(zip(names, struct.unpack(">QQQQQQqQ32s32s", slot[32:160])))
        self.closed = (len(slots) == 2 and slots[0][1][32:508] == slots[1][1][32:508]
                       and self.committed["tree"] == self.committed["size"])
        self.bound = self.committed["size"]

    def check_committed(self):
        c = self.committed
        if c is None:
            return
        last = self.frames.get((c["last_segment"], c["last_offset"]))
        end = self.frames.get((c["end_segment"], c["end_offset"]))
        wrong = []
        if last is None or last["first"] + last["count"] != c["size"] or last["leaf"] != c["leaf"]:
            wrong.append("its last frame is not there or ends otherwise")
        elif last["number"] + 1 != c["frame"] or last["continues"]:
            wrong.append("its last frame has another number or goes on")
        elif (c["end_segment"], c["end_offset"]) != (c["last_segment"], last["end"]):
            if c["end_offset"] != 512 or c["end_segment"] != c["size"]:
                wrong.append("its end is not the end of its last frame")
        entry = self.entries.get(c["size"] - 1)
        if entry is None or entry.time != c["time"] or entry.leaf != c["leaf"]:
            wrong.append("its last entry is not there or another")
        if c["size"] in self.roots and self.roots[c["size"]] != c["root"]:
            wrong.append("its root is not that of the entries")
        if c["tree"] > c["size"]:
            wrong.append("its tree is larger than its log")
        for message in wrong:
            self.fault(CORRUPT, "committed", message, "committed")

    # segments and frames

    def header(self, data, at):
        """A sound frame header at this offset, or None."""
        raw = data[at:at + 96]
        if len(raw) < 96 or raw[:8] != FRAME or raw[8:24] != self.log_id:
            return None
        if crc32c(raw[:92]) != int.from_bytes(raw[92:], "big"):
            return None
        names = ("number", "first", "count", "flags", "links", "payloads", "leaf", "table")
        head = dict(zip(names, struct.unpack(">QQIIII32sI", raw[24:92])))
        body = 144 * head["count"] + head["links"] + head["payloads"]
        if not 1 <= head["count"] <= 65536 or head["flags"] > 1 or body > MAX_BODY:
            return None
        head["length"], head["continues"] = 96 + body, head["flags"] == 1
        head["end"] = at + (96 + body + 511) // 512 * 512
        return head

    def next_header(self, data, at, number):
        while at + 96 <= len(data):
            head = self.header(data, at) if data[at:at + 8] == FRAME else None
            if head and head["number"] > number:
                return at
            at += 512
        return None

    def is_followed(self, data, at):
        """Whether a sound header with a higher number than is due follows; what was found is kept,
        so that a log of many broken frames is not searched again for each."""
        if self.higher[0] <= at or self.higher[1] <= self.number:
            place = self.next_header(data, at + 512, self.number)
            if place is None:
                return False
            self.higher = (place, self.header(data, place)["number"])
        return True

    def read_log(self, segments):
        self.higher = (0, 0)
        self.frames, self.next, self.number, self.last_leaf, self.end_open = {}, 0, 0, ZEROS, False
        if not segments:
            self.fault(CORRUPT, "log", "holds no segment", "log")
        for place, name in enumerate(segments):
            file, last = os.path.join("log", name), place == len(segments) - 1
            data = self.read(file)
            if data is None:
                self.fault(CORRUPT, "segment", "cannot be read", file)
                continue
            self.higher = (0, 0)
            torn = self.check_segment(data, file, place, int(name[:20]), last)
            if not torn:
                self.read_frames(data, file, int(name[:20]), last)
        self.size = self.next

    def check_segment(self, data, file, place, first, last):
        raw = data[:512].ljust(512, b"\0")
        expected = struct.pack(">8sII16sQQQ32s420x", SEGMENT, 1, 0, self.log_id or bytes(16), place,
                               self.next, self.number, self.last_leaf)
        good = raw[:508] == expected and first == self.next and len(data) >= 512
        if good and crc32c(raw[:508]) == int.from_bytes(raw[508:], "big"):
            return False
        if last and place and self.next >= self.bound and self.next_header(data, 512, -1) is None:
            self.fault(TORN, "torn", "the header was not written whole", file, 0, self.next)
            return True
        self.fault(CORRUPT, "segment", "the header does not follow from what stands before", file, 0)
        return False

    def read_frames(self, data, file, segment, last):
        at = 512
        while at < len(data):
            stop = zeros_end(data, at, len(data))
            if stop == len(data):
                if not last or self.next < self.bound:
                    self.fault(CORRUPT, "frame", "zeros where a frame was or the file should end",
                               file, at, self.next)
                return
            head = self.header(data, at)
            problems = []
            if head is None:
                problems.append(("frame", at, None, "there is no sound frame header"))
            else:
                self.check_frame(data, at, head, segment, problems)
            if not problems:
                self.accept(at, head, segment)
                at = head["end"]
                continue
            committed_end = (self.committed["end_segment"], self.committed["end_offset"]) \
                if self.committed else (0, 0)
            above = self.next >= self.bound and (segment, at) >= committed_end
            partial = [p for p in problems if p[0] in NOT_WHOLE]
            if partial and above and last and not self.is_followed(data, at):
                self.pending = []
                self.fault(TORN, "torn", partial[0][3], file, at, self.next)
                return
            for kind, offset, entry, message in problems:
                self.fault(CORRUPT, kind, message, file, offset, entry)
            if head is not None and head["end"] <= len(data):
                if head["first"] >= self.next:
                    self.accept(at, head, segment)
                at = head["end"]
            else:
                at = self.next_header(data, at + 512, self.number - 1)
                if at is None:
                    return

    def accept(self, at, head, segment):
        self.frames[(segment, at)] = head
        for entry in self.pending:
            self.entries.setdefault(entry.index, entry)
        for entry in self.pending:
            if len(self.leaves) <= entry.index <= len(self.leaves) + 65536:
                self.leaves += [None] * (entry.index - len(self.leaves)) + [entry.leaf]
        self.next, self.number = head["first"] + head["count"], head["number"] + 1
        self.last_leaf, self.end_open, self.pending = head["leaf"], head["continues"], []

    def check_frame(self, data, at, head, segment, problems):
        count, self.pending = head["count"], []
        if head["number"] != self.number or head["first"] != self.next:
            problems.append(("frame-order", at, head["first"], "the frame does not follow the one before"))
        if at + head["length"] > len(data):
            problems.append(("frame", at, head["first"], "the frame is longer than its file"))
            return
        tables = at + 96
        salts, links = tables + 112 * count, tables + 144 * count
        payloads, end = links + head["links"], at + head["length"]
        if crc32c(data[tables:salts]) != head["table"]:
            problems.append(("table", tables, head["first"], "the CRC of the tables is wrong"))
        if end > len(data) or head["end"] > len(data) or not is_zero(data[end:head["end"]]):
            problems.append(("padding", end, None, "the padding is not zeros"))
        directory = struct.iter_unpack(">IIII", data[tables + 96 * count:salts])
        previous = self.last_leaf
        for i, (payload_size, links_size, payload_crc, links_crc) in enumerate(directory):
            place = tables + 96 * i
            entry = Entry(data[place:place + 96])
            entry.place = (segment, place)
            if entry.previous != previous:
                problems.append(("chain", place + 32, head["first"] + i, "previous is not the leaf before"))
            if entry.index != head["first"] + i or entry.version != 1 or entry.flags > 3 or entry.reserved:
                problems.append(("entry", place, head["first"] + i, "index, version, flags or reserved"))
                entry.index = head["first"] + i
                entry.bad = entry.version != 1 or entry.flags > 3 or entry.reserved != 0
            previous = entry.leaf
            if payload_size > MAX_PAYLOAD or links_size > MAX_LINKS:
                problems.append(("directory", place, entry.index, "a part is too long"))
            salt = data[salts + 32 * i:salts + 32 * i + 32]
            if payloads + payload_size <= end and links + links_size <= payloads:
                pass
            entry.payload = self.part(data, payloads, payload_size, salt[:16], payload_crc)
            entry.links = self.part(data, links, links_size, salt[16:], links_crc)
            self.judge_parts(entry, salt, place, problems)
            if entry.bad:  # Nothing that it says counts.
                entry.payload = entry.links = ("damaged", b"")
            entry.read_links()
            payloads, links = payloads + payload_size, links + links_size
            self.pending.append(entry)
        if links != at + 96 + 144 * count + head["links"] or payloads != end:
            problems.append(("directory", salts, head["first"], "the lengths do not add up"))
        if previous != head["leaf"]:
            problems.append(("frame-leaf", at + 56, head["first"], "the leaf hash of the last entry differs"))
        if self.pending and head["continues"] == bool(self.pending[-1].flags & LAST):
            problems.append(("frame-flags", at + 44, head["first"], "the flag for an open capture is wrong"))

    def part(self, data, at, size, salt, crc):
        """(state, bytes) of a part: intact, erased or damaged."""
        raw = data[at:at + size] if size <= MAX_PAYLOAD else b""
        if len(raw) != size:
            return ("damaged", b"")
        if crc32c(salt + raw) == crc:
            return ("intact", raw)
        return ("erased" if is_zero(salt) and is_zero(raw) else "damaged", raw)

    def judge_parts(self, entry, salt, place, problems):
        states = (entry.payload[0], entry.links[0])
        above = self.next >= self.bound
        for name, state in zip(("payload", "links"), states):
            if state == "damaged" and self.mark is not None and not above:
                self.half_erased.append((entry, name))
            elif state == "damaged" or (state == "erased" and above):
                problems.append((name, place, entry.index, "a part is damaged: " + name))
        a = sha(b"\2", salt[:16], entry.payload[1]) if states[0] == "intact" else None
        b = sha(b"\3", salt[16:], entry.links[1]) if states[1] == "intact" else None
        entry.digests = (a, b)
        if a and b and sha(b"provender/payload/v1\n", a, b) != entry.commitment:
            problems.append(("commitment", place + 64, entry.index, "payload or links are not those committed to"))
            entry.payload = entry.links = ("damaged", b"")
        if entry.kind in (GENESIS, REDACTION, KEY) and not is_zero(salt):
            problems.append(("salt", place, entry.index, "the salts of a published payload are not zeros"))

    # What holds from entry to entry

    def check_entries(self):
        capture, time = None, None
        for index in sorted(self.entries):
            entry = self.entries[index]
            if index - 1 not in self.entries:
                capture = None if index == 0 else "unknown"
            if time is not None and entry.time < time:
                self.rule(entry, "the record time is before that of the entry before")
            if entry.flags & HELD and time != entry.time:
                self.rule(entry, "the clock was held, and the time is another than before")
            time = entry.time
            if (entry.kind == GENESIS) != (index == 0):
                self.rule(entry, "genesis is not, or not only, entry 0")
            last = bool(entry.flags & LAST)
            inside = entry.kind in (EVENT, RECEIPT) or (entry.kind > NOTE and capture is not None)
            if inside and capture != "unknown" and capture != entry.capture:
                self.rule(entry, "the entry is in no capture or in another")
            if entry.kind == RECEIPT and not last:
                self.rule(entry, "a receipt is not the last of its capture")
            if not inside:
                if capture not in (None, "unknown"):
                    self.rule(entry, "the capture before has no end")
                if entry.capture != index or (entry.kind != CAPTURE and not last):
                    self.rule(entry, "the entry does not stand alone")
            capture = None if last else entry.capture if capture in (None, "unknown") else capture
        if capture is not None and self.entries and not any(f["severity"] > TORN for f in self.faults):
            first = capture if capture != "unknown" else self.size - 1
            if first >= self.bound:
                self.notices.append(f"entry {first}: the capture is unfinished; the next writer cuts it off")
                self.size = first
                self.leaves = self.leaves[:first]
                self.entries = {i: e for i, e in self.entries.items() if i < first}
            else:
                self.fault(CORRUPT, "entry", "a capture below the end has no end", entry=first)
        genesis = self.entries.get(0)
        if genesis is not None and genesis.payload[0] == "intact":
            parsed = parse_genesis(genesis.payload[1])
            if parsed is None or parsed != (self.origin, self.log_id) or genesis.links[1]:
                self.rule(genesis, "the payload of genesis is malformed")

    def check_links(self):
        for index, entry in sorted(self.entries.items()):
            if entry.links[0] == "intact" and not entry.has_meaning:
                self.fault(DERIVED, "links-malformed", "the links have no meaning", entry=index)

    def rule(self, entry, message):
        self.fault(CORRUPT, "entry", message, f"log/{entry.place[0]:020d}.seg", entry.place[1], entry.index)

    # tree

    def check_tree(self, whole):
        if self.committed is None or whole < self.size:
            return
        self.closed = self.closed and self.size == self.committed["size"]
        for name in self.names("tree"):
            if not re.fullmatch("[0-9]", name):
                self.fault(DERIVED, "tree-stray", "does not belong to the tree", "tree/" + name)
        hashes, durable = self.leaves[:self.size], min(self.committed["tree"], self.size)
        for level in range(10):
            name = f"tree/{level}"
            data = self.read(name) or b""
            expected = b"".join(hashes)
            needed = len(expected) if self.closed else durable // 256 ** level * 32
            if len(data) < needed or data[:needed] != expected[:needed]:
                self.fault(DERIVED, "tree", "is not the tree over the entries", name)
            elif self.closed and len(data) != len(expected):
                self.fault(DERIVED, "tree", "has another length", name, len(expected))
            full = len(hashes) // 256
            hashes = [roots(hashes[256 * i:256 * i + 256], [256])[256] for i in range(full)]

    # Redaction

    def read_mark(self):
        text = self.read("redaction", 4096)
        if text is None:
            return
        match = re.fullmatch(rb"provender redaction 1\nlog ([0-9a-f]{32})\nentry (0|[1-9][0-9]{0,19})\n", text)
        if match and bytes.fromhex(match[1].decode()) == self.log_id:
            self.mark = int(match[2])
        else:
            self.fault(CORRUPT, "redaction", "the mark of a redaction under way is malformed", "redaction")

    def check_redactions(self):
        named = {}
        for index in sorted(self.entries):
            entry = self.entries[index]
            if entry.kind != REDACTION or entry.payload[0] != "intact":
                continue
            parsed = parse_redaction(entry.payload[1])
            if parsed is None or entry.links[1]:
                self.rule(entry, "the payload of the redaction is malformed")
                continue
            for target, scope, digest in parsed[1]:
                other = self.entries.get(target)
                if target >= index or (other and other.kind not in (CAPTURE, EVENT, RECEIPT, NOTE)):
                    self.rule(entry, f"entry {target} cannot be redacted")
                else:
                    named.setdefault(target, []).append((index, scope, digest))
        for entry, name in self.half_erased:
            if any(r == self.mark and (s == 2 or name == "payload") for r, s, _ in named.get(entry.index, [])):
                setattr(entry, name, ("erased", b""))
            else:
                self.rule(entry, "a part is damaged: " + name)
        for index, entry in sorted(self.entries.items()):
            self.check_erased(entry, named.get(index, []))

    def check_erased(self, entry, named):
        scopes = {scope for _, scope, _ in named}
        if entry.payload[0] == "erased" and not scopes:
            self.rule(entry, "the payload is erased, and no redaction says so")
        if entry.links[0] == "erased" and 2 not in scopes:
            self.rule(entry, "the links are erased, and no redaction says so")
        open_for = [(r, s) for r, s, _ in named if r != self.mark]
        if (entry.payload[0] == "intact" and open_for) or \
                (entry.links[0] == "intact" and any(s == 2 for _, s in open_for)):
            self.rule(entry, "a redaction names a part that is still there")
        if entry.payload[0] == "erased" and entry.digests[1] is not None:
            for _, scope, digest in named:
                joined = sha(b"provender/payload/v1\n", digest or b"", entry.digests[1])
                if scope == 1 and joined != entry.commitment:
                    self.rule(entry, "the digest in the redaction is not that of the payload")

    # Keys and checkpoints

    def check_keys(self):
        history = KeyHistory(self.log_id or bytes(16))
        for index, entry in sorted(self.entries.items()):
            if entry.kind == KEY and entry.payload[0] == "intact":
                why = history.take(index, entry.time, entry.payload[1])
                if why:
                    self.rule(entry, f"the key entry {why}, and counts for nothing")
        return history

    def read_checkpoints(self):
        found = []
        for name in ["checkpoint"] + ["checkpoints/" + n for n in self.names("checkpoints")]:
            number = re.fullmatch(r"checkpoints/([0-9]{20})", name)
            data = self.read(name, 1_000_001)
            if data is None or (name != "checkpoint" and not number):
                continue
            checkpoint = Checkpoint(data)
            if checkpoint.fault or (number and int(number[1]) != checkpoint.size):
                self.fault(CORRUPT, "checkpoint-malformed", checkpoint.fault or "its size is not in its name", name)
            else:
                found.append((name, checkpoint))
        return found

    def check_stamps(self, checkpoints):
        """Each time stamp must be a reply about the text of its checkpoint; authorities are not asked."""
        kept = dict(checkpoints)
        for name in self.names("checkpoints"):
            match = re.fullmatch(r"([0-9]{20})\.(0|[1-9][0-9]*)\.tsr", name)
            if not match:
                continue
            path, checkpoint = "checkpoints/" + name, kept.get("checkpoints/" + match[1])
            if checkpoint is None:
                self.fault(CORRUPT, "timestamp", "its checkpoint is not there", path)
            elif stamped_digest(self.read(path, 100_000) or b"") != sha(checkpoint.body):
                self.fault(CORRUPT, "timestamp", "is not a stamp of its checkpoint", path)

    def check_checkpoints(self, checkpoints, history):
        given = {key for name, key in self.demanded if name == self.origin}
        known = [k["key"] for k in history.keys]
        trusted = given.union(*(known[known.index(key):] for key in given if key in known))
        signers = set()
        for pinned, (name, checkpoint) in [(False, c) for c in checkpoints] + [(True, c) for c in self.since]:
            kind, usual = ("pinned", TAMPERED) if pinned else ("checkpoint", CORRUPT)
            if checkpoint.origin != self.origin:
                signed = any(checkpoint.signed_by(n, k) for n, k in self.demanded if n == checkpoint.origin)
                self.fault(TAMPERED if signed else usual, kind + "-origin", "is of another log", name)
                continue
            worth = history.judge_checkpoint(checkpoint, self.origin)
            by_given = {k for k in given if checkpoint.signed_by(self.origin, k)}
            if worth in ("signature", "key"):
                self.fault(usual, f"{kind}-signature", "is not signed by the key of the log at that size", name)
            vouched = pinned or worth == "counts" or by_given
            unnamed = {k for k in by_given if k not in known}
            if worth == "counts" or unnamed or (pinned and worth == "void"):
                signers |= {k for k in trusted if checkpoint.signed_by(self.origin, k)}
            severity = TAMPERED if vouched else CORRUPT
            if checkpoint.size > self.size:
                self.fault(severity, kind + "-size", f"is of {checkpoint.size} entries; there are {self.size}", name)
            elif pinned and checkpoint.size not in self.roots:
                self.fault(TAMPERED, "pinned-root", "cannot be compared: entries below it are missing", name)
            elif self.roots.get(checkpoint.size, checkpoint.root) != checkpoint.root:
                self.fault(severity, kind + "-root", f"has another root of {checkpoint.size} entries", name)
        if given and not signers or len(given) < len({n for n, _ in self.demanded}):
            self.fault(UNSIGNED, "key-missing", "no checkpoint that counts is signed by the demanded key")


# The command


def verify(arguments):
    """The verdict on the arguments of one call: a dictionary with the exit code, or a text."""
    paths, since, keys, rest = [], [], [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("--since", "--key"):
            if not rest:
                return f"{word} needs a value"
            (since if word == "--since" else keys).append(rest.pop(0))
        elif word != "--json":
            paths.append(word)
    if len(paths) != 1 or not os.path.isdir(os.path.join(paths[0], "log")):
        return "there is no ledger"
    pinned = []
    for file in since:
        if not os.path.isfile(file):
            return f"{file}: no such file"
        with open(file, "rb") as stream:
            pinned.append((file, Checkpoint(stream.read(1_000_001))))
        if pinned[-1][1].fault:
            return f"{file}: no checkpoint: {pinned[-1][1].fault}"
    vkeys = [parse_vkey(text) for text in keys]
    if None in vkeys:
        return "that is no vkey"
    verifier = Verifier(paths[0], pinned, vkeys)
    code = verifier.run()
    root = verifier.roots.get(verifier.size)
    return {"verdict": VERDICTS[code], "exitCode": code, "origin": verifier.origin,
            "entries": verifier.size, "root": root.hex() if root else None, "faults": verifier.faults, "notices": verifier.notices}


def main(arguments):
    if arguments[:1] == ["--batch"] and len(arguments) == 2:
        with open(arguments[1], encoding="utf-8") as lines:
            for line in lines:
                result = verify(json.loads(line))
                print(json.dumps(result if isinstance(result, dict) else {"exitCode": 64, "verdict": result}))
        return 0
    result = verify(arguments)
    if isinstance(result, str):
        print(f"provender_verify: {result}", file=sys.stderr)
        return 64
    if "--json" in arguments:
        print(json.dumps(result, indent=2))
    else:
        for fault in result["faults"]:
            place = ", ".join(f"{k} {fault[k]}" for k in ("file", "offset", "entry") if fault[k] is not None)
            print(f"{VERDICTS[fault['severity']]}: {fault['kind']}: {place}: {fault['message']}")
        print(f"{result['verdict']}: {result['entries']} entries of {result['origin']}, root {result['root']}")
        if "--since" not in arguments:
            print("Without a checkpoint kept elsewhere, an end that was cut off cleanly is not seen.")
    return result["exitCode"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
