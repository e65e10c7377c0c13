#!/usr/bin/env python3
"""Verifies a Provender ledger, written from the documentation alone.

    provender_verify.py LEDGER [--since CHECKPOINT]... [--key VKEY]...
    provender_verify.py --batch FILE      arguments from and verdicts to JSON, one a line

The pages are Format.md, Links.md, Keys.md and Verification.md of the documentation catalogue, and
the C2SP texts of signed-note and tlog-checkpoint. Python's standard library does all but Ed25519
and the reading of time stamps, which is the `openssl` command's work. Exit codes are those of
`provender verify`; 64 means that the arguments are wrong.
"""
import argparse, base64, functools, hashlib, json, os, re, struct, subprocess, sys, tempfile
from collections import namedtuple
from dataclasses import dataclass

VERDICTS = ("intact", "derived", "torn", "corrupt", "tampered", "unsigned")
INTACT, DERIVED, TORN, CORRUPT, TAMPERED, UNSIGNED = range(6)
GENESIS, CAPTURE, EVENT, RECEIPT, REDACTION, KEY, NOTE = range(7)
PUBLISHED, REDACTABLE = (GENESIS, REDACTION, KEY), (CAPTURE, EVENT, RECEIPT, NOTE)
LAST, HELD = 1, 2
MAX_BODY, MAX_PAYLOAD, MAX_LINKS, MAX_NOTE = 67_108_864, 33_554_432, 16_777_216, 1_000_000
WHOLE, ERASED, DAMAGED = "whole", "erased", "damaged"
SEGMENT, FRAME, COMMITTED = b"\xffPVRSEGM", b"\xffPVRFRAM", b"\xffPVRCOMM"
SEGMENT_FORM = struct.Struct(">8sII16sQQQ32s420x")
FRAME_FORM = struct.Struct(">8s16sQQIIII32sII")
ENTRY_FORM = struct.Struct(">BBHIQqQ32s32s")
SLOT_FORM = struct.Struct(">8s16sQQQQQQQqQ32s32s348s4x")
Slot = namedtuple("Slot", "magic log_id sequence size frame end_segment end_offset last_segment "
                  "last_offset time tree leaf root reserved")
Header = namedtuple("Header", "magic log_id number first count flags links_length payloads_length "
                    "leaf table_crc crc")
Frame = namedtuple("Frame", "at header body_end end after")
Part = namedtuple("Part", "state data digest")
NOTE_FORM = re.compile("(([^\n]+)\n(0|[1-9][0-9]{0,19})\n([^\n]+)\n(?:[^\n]+\n)*)\n"
                       "((?:\u2014 [^ \n]+ [^ \n]+\n){1,100})")
CRC_TABLE = list(range(256))
for _ in range(8):
    CRC_TABLE = [value >> 1 ^ (0x82F63B78 if value & 1 else 0) for value in CRC_TABLE]


def require(condition, message):
    if not condition:
        raise ValueError(message)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC_TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def is_sealed(data, magic):
    """Whether the bytes begin with the magic and end with the CRC of those before."""
    return data[:8] == magic and crc32c(data[:-4]) == int.from_bytes(data[-4:], "big")


def is_zero(data):
    return not data.strip(b"\0")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def commitment(payload_digest, links_digest):
    return sha(b"provender/payload/v1\n", payload_digest, links_digest)


class Tree:
    """The RFC 6962 tree; level l holds the roots of the complete subtrees of 2^l leaves."""

    def __init__(self, leaves):
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = iter(self.levels[-1])
            self.levels.append([sha(b"\1", left, right) for left, right in zip(below, below)])

    def root(self, size):
        """The root of the first leaves, or None if there are fewer."""
        if size > len(self.levels[0]):
            return None
        root = None
        for level, nodes in enumerate(self.levels):
            if size >> level & 1:
                node = nodes[(size >> level) - 1]
                root = node if root is None else sha(b"\1", node, root)
        return root or sha()


# Signatures, time stamps, checkpoints


@functools.lru_cache(maxsize=None)
def ed25519(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    der = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as folder:
        files = {"-inkey": der, "-in": message, "-sigfile": signature}
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
        for option, content in files.items():
            command += [option, os.path.join(folder, option)]
            with open(command[-1], "wb") as file:
                file.write(content)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def stamped_digest(reply):
    """The SHA-256 that a granted RFC 3161 reply is about, or None."""
    head = 2 + (reply[1] & 15) if len(reply) > 8 and reply[1] > 128 else 0
    if head + int.from_bytes(reply[2:head], "big") != len(reply):
        return None  # DER, and nothing after it
    command = ["openssl", "ts", "-reply", "-in", "/dev/stdin", "-text"]
    run = subprocess.run(command, input=reply, capture_output=True, check=False)
    text = run.stdout.decode("latin-1")
    dump = re.search(r"Hash Algorithm: sha256\nMessage data:\n((?: +[0-9a-f]{4} - .*\n)+)", text)
    if run.returncode or not dump or "Status: Granted" not in text:
        return None
    return bytes.fromhex("".join(re.findall(" - (.{47})", dump[1])).replace("-", " "))


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "base64 with other bits at the end")
    return data


def key_id(name, key):
    return sha(name.encode(), b"\n\1", key)[:4]


def is_name(name):
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def parse_vkey(text):
    name, number, encoded = text.strip().split("+", 2)
    data = unbase64(encoded)
    require(is_name(name) and len(data) == 33 and data[0] == 1, "not an Ed25519 vkey")
    require(key_id(name, data[1:]).hex() == number, "the id is not that of the key")
    return name, data[1:]


class Checkpoint:
    """A tlog-checkpoint in a signed note; ValueError says why the bytes are none."""

    def __init__(self, data):
        note = data.decode("utf-8")
        match = NOTE_FORM.fullmatch(note) if len(data) <= MAX_NOTE else None
        require(match and all(c >= " " or c == "\n" for c in note), "it has another form")
        body, self.origin, size, root, lines = match.groups()
        self.body, self.size, self.root = body.encode(), int(size), unbase64(root)
        require(self.size < 1 << 64 and len(self.root) == 32, "it has no size or no root")
        signatures = [line.split(" ")[1:] for line in lines[:-1].split("\n")]
        self.signatures = [(name, unbase64(blob)) for name, blob in signatures]
        require(all(is_name(name) and len(blob) >= 5 for name, blob in self.signatures),
                "a signature line is malformed")

    def signed_by(self, name, key):
        """True or False as the signatures of this key hold or not; None without one."""
        found = [blob[4:] for signer, blob in self.signatures
                 if signer == name and blob[:4] == key_id(name, key)]
        return all(ed25519(key, self.body, signature) for signature in found) if found else None


# Payloads and links


class Fields:
    """Reads bytes field by field; ValueError says why they are not what the pages describe."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def read(self, *forms):
        """Values of forms: a count of bytes, a range of one byte, a method's name, a list of forms
        that are repeated after their number."""
        return [self.take(form) if isinstance(form, int) else self.choice(*form)
                if isinstance(form, tuple) else getattr(self, form)() if isinstance(form, str)
                else [self.read(*form) for _ in range(self.unsigned())] for form in forms]

    def take(self, count):
        part = self.data[self.at:self.at + count]
        require(len(part) == count, "is too short")
        self.at += count
        return part

    def end(self):
        require(self.at == len(self.data), "goes on after its end")

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def choice(self, first, last):
        value = self.number(1)
        require(first <= value <= last, "has an unknown value")
        return value

    def text(self):
        return self.take(self.number(2)).decode("utf-8")

    def origin(self):
        origin = self.text()
        controls = any(ord(c) < 32 or 127 <= ord(c) < 160 for c in origin)
        require(len(origin.encode()) <= 255 and is_name(origin) and not controls, "has no origin")
        return origin

    # The primitives of Links.md

    def unsigned(self):
        value, shift, byte = 0, 0, 128
        while byte & 128:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            require(shift <= 70, "has a number that is too long")
        require(value < 1 << 64 and (byte or shift == 7), "has a number in another form")
        return value

    def signed(self):
        value = self.unsigned()
        return value >> 1 ^ -(value & 1)

    def string(self):
        return self.take(self.unsigned()).decode("utf-8")

    def name(self):
        if self.string():
            self.choice(0, 9)

    def time(self):
        if self.read(8, (0, 3))[1] & 2 == 0:
            require(-840 <= self.signed() <= 840, "has an unknown time zone")

    def item(self):
        _, flags, _ = self.read((1, 5), (0, 15), "name")
        mantissa, _ = self.read("signed", "signed") if flags & 2 else (0, 0)
        require(mantissa == 0 or mantissa % 10, "has an amount in another form")
        self.read(*["string"] * ((flags >> 2 & 1) + (flags >> 3)))

    def error_declaration(self):
        if self.choice(0, 1):
            self.read("time", "string", ["string"])


LINKS = {
    CAPTURE: ((1, 1), "string", ["string", "string", (0, 9), ["string", "string"]]),
    EVENT: ((1, 1), (1, 5), (0, 3), "string", 32, "time", "string", "string", "name", "name",
            ["item"], ["string", "name"], ["string", "name"], ["string", "name"], "string",
            "string", ["name"], "error_declaration"),
}


def parse_genesis(payload):
    """Origin and log id."""
    fields = Fields(payload)
    _, origin, log_id, continues = fields.read((1, 1), "origin", 16, (0, 1))
    if continues:
        fields.read("origin", 8 + 32, "text")
    fields.end()
    return origin, log_id


def parse_redaction(payload):
    """The targets: index, scope, and digest or None."""
    fields = Fields(payload)
    _, reason = fields.read((1, 1), "text")
    require(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", reason), "has no reason")
    targets = []
    for _ in range(fields.number(2)):
        index, scope = fields.number(8), fields.choice(1, 2)
        targets.append((index, scope, fields.take(32) if scope == 1 else None))
    fields.end()
    indices = [index for index, _, _ in targets]
    require(indices and indices == sorted(set(indices)), "has no targets, or not in order")
    return targets


# Keys


@dataclass(eq=False)
class LogKey:
    key: bytes
    start: int  # the entry that introduced it
    giver: object  # the key that handed over to it, or None
    until: int = None  # the entry that replaced it
    above: int = None  # the size above which it is revoked


class KeyHistory:
    """The log's keys, from its entries of kind 5 in order (Keys.md)."""

    ESTABLISH, ROTATE, REVOKE = 1, 2, 3
    COUNTS, VOID, OTHER_KEY, NO_SIGNATURE = range(4)

    def __init__(self, log_id):
        self.log_id, self.count, self.previous = log_id, 0, bytes(32)
        self.keys, self.current, self.recovery = [], None, None

    def take(self, index, payload):
        """Takes an entry in; ValueError says why it counts for nothing."""
        fields = Fields(payload)
        _, sequence, previous, action, key = fields.read((1, 1), 4, 32, (1, 3), 32)
        above = fields.number(8) if action == self.REVOKE else None
        has_second = action == self.ESTABLISH or (action == self.REVOKE and fields.choice(0, 1))
        second = fields.take(32) if has_second else None
        signed = b"provender/key/v1\n" + self.log_id + payload[:fields.at]
        limit = 4031 if action == self.ROTATE else 4095
        require(int.from_bytes(sequence, "big") == self.count <= limit, "is out of order")
        require(previous == self.previous, "follows another key entry")
        self.check(index, action, key, above, second)
        signers = {self.ESTABLISH: [key, second], self.REVOKE: [self.recovery, second],
                   self.ROTATE: [self.current and self.current.key, key]}[action]
        signatures = [(signer, fields.take(64)) for signer in signers if signer]
        fields.end()
        require(all(ed25519(signer, signed, signature) for signer, signature in signatures),
                "has a signature that does not hold")
        self.apply(index, action, key, above, second)
        self.count, self.previous = self.count + 1, sha(payload)

    def check(self, index, action, key, above, second):
        known = [known.key for known in self.keys]
        new = second if action == self.REVOKE else key
        require((action == self.ESTABLISH) == (self.count == 0), "is first, or does not establish")
        require(new is None or new not in known + [self.recovery], "brings a key that was there")
        require(action != self.ESTABLISH or key != second, "names one key twice")
        require(action != self.ROTATE or self.current, "has no key to take over from")
        require(action != self.REVOKE or (key in known and above <= index), "revokes no key")

    def apply(self, index, action, key, above, second):
        giver = self.current if action == self.ROTATE else None
        if action == self.ESTABLISH:
            self.recovery = second
        elif action == self.REVOKE:
            self.revoke(key, above)
        new = second if action == self.REVOKE else key
        if new:
            if self.keys and self.keys[-1].until is None:
                self.keys[-1].until = index
            self.current = LogKey(new, index, giver)
            self.keys.append(self.current)

    def revoke(self, key, above):
        """Revokes the key, and those that it handed over to at that size or later."""
        revoked = set()
        for known in self.keys:
            if known.key == key or (known.giver in revoked and known.start >= above):
                revoked.add(known)
                known.above = above if known.above is None else min(above, known.above)
        if self.current in revoked:
            self.current = None

    def worth(self, checkpoint, name):
        """What the signatures under a checkpoint are worth; the best one counts."""
        signed = [(key, checkpoint.signed_by(name, key.key)) for key in self.keys]
        if any(holds is False for _, holds in signed):
            return self.NO_SIGNATURE
        return min((self.worth_of(key, checkpoint.size) for key, holds in signed if holds),
                   default=self.NO_SIGNATURE)

    def worth_of(self, key, size):
        in_time = key.start < size and (key.until is None or size <= key.until)
        return self.VOID if key.above is not None else self.COUNTS if in_time else self.OTHER_KEY


# The log


class Entry:
    def __init__(self, data, at, index, file):
        (self.version, self.kind, self.flags, self.reserved, self.own_index, self.time,
         self.capture, self.previous, self.commitment) = ENTRY_FORM.unpack_from(data, at)
        self.leaf, self.at, self.index = sha(b"\0", data[at:at + 96]), at, index
        self.place = f"entry {index}, {file} byte {at}"
        self.is_known = self.version == 1 and self.flags <= 3 and self.reserved == 0
        self.is_last = bool(self.flags & LAST)

    def agrees(self):
        """Whether the parts, if both are there, are those committed to."""
        digests = (self.payload.digest, self.links.digest)
        return None in digests or commitment(*digests) == self.commitment

    def links_have_meaning(self):
        links = Fields(self.links.data)
        if self.kind not in LINKS or not links.data:
            return True
        try:
            links.read(*LINKS[self.kind])
            links.end()
        except ValueError:
            return False
        return True


def read_header(data, at, log_id):
    """The frame header at an offset, or None where there is no sound one."""
    raw = data[at:at + 96]
    if len(raw) < 96 or raw[8:24] != log_id or not is_sealed(raw, FRAME):
        return None
    header = Header(*FRAME_FORM.unpack(raw))
    body = 144 * header.count + header.links_length + header.payloads_length
    sound = 1 <= header.count <= 65536 and header.flags <= 1 and body <= MAX_BODY
    end = at + (96 + body + 511) // 512 * 512
    return Frame(at, header, at + 96 + body, end, header.first + header.count) if sound else None


def find_frame(data, at, number, log_id):
    """The first sound frame at or after an offset with a higher number: its offset, or None."""
    frames = (read_header(data, place, log_id) for place in range(at, len(data), 512))
    return next((frame.at for frame in frames if frame and frame.header.number > number), None)


def read_part(data, at, size, salt, crc, tag):
    raw = data[at:at + size]
    if len(raw) == size and crc32c(salt + raw) == crc:
        return Part(WHOLE, raw, sha(tag, salt, raw))
    return Part(ERASED if len(raw) == size and is_zero(salt + raw) else DAMAGED, b"", None)


def broken(*rules):
    """The problems among rules (holds, is partial, offset, message)."""
    return [problem for holds, *problem in rules if not holds]


class Verifier:
    """Reads a ledger, goes on through damage, and collects what it finds."""

    def __init__(self, path, since=(), keys=()):
        self.path, self.since, self.demanded = path, since, keys
        self.faults, self.origin, self.mark, self.checkpoints = [], "", None, {}
        self.next, self.number, self.last_leaf = 0, 0, bytes(32)
        self.entries, self.frames, self.half_erased = {}, {}, []

    def report(self, place, message, severity=CORRUPT):
        self.faults.append({"severity": severity, "place": place, "message": message})

    def check(self, place, *rules):
        """Reports the rules (is broken, message) that are broken."""
        for is_broken, message in rules:
            if is_broken:
                self.report(place, message)

    def parse(self, place, parser, *arguments):
        """What the parser returns; None, and a fault, for bytes that are not right."""
        try:
            return parser(*arguments)
        except ValueError as error:
            return self.report(place, f"it {error}")

    def read(self, name, cap=-1):
        """The bytes of a file of the ledger; none where there is no such file."""
        if not self.exists(name):
            return b""
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read(cap)

    def exists(self, name):
        return os.path.isfile(os.path.join(self.path, name))

    def names(self, folder, pattern):
        path = os.path.join(self.path, folder)
        names = sorted(os.listdir(path)) if os.path.isdir(path) else []
        return [match for match in (re.fullmatch(pattern, name) for name in names) if match]

    def run(self):
        segments = self.names("log", r"([0-9]{20})\.seg")
        self.read_committed(segments)
        self.read_checkpoints()
        self.read_mark()
        self.read_log(segments)
        self.check_genesis()
        self.check_entries()
        leaves = []
        while len(leaves) < self.size and len(leaves) in self.entries:
            leaves.append(self.entries[len(leaves)].leaf)
        self.tree = Tree(leaves)
        self.check_committed()
        self.check_tree()
        self.check_redactions()
        self.check_checkpoints()
        return max((fault["severity"] for fault in self.faults), default=INTACT)

    # Reading

    def read_committed(self, segments):
        """Reads `committed`, and the log id: of the first sound segment header, else of a slot."""
        data = self.read("committed", 2048)
        raw_slots = [data[:512].ljust(512, b"\0"), data[512:1024].ljust(512, b"\0")]
        headers = [(SEGMENT, self.read("log/" + name[0], 512), 16) for name in segments]
        headers += [(COMMITTED, slot, 8) for slot in raw_slots]
        self.log_id = next((raw[at:at + 16] for magic, raw, at in headers
                            if len(raw) == 512 and is_sealed(raw, magic)), bytes(16))
        sealed = [(number, Slot(*SLOT_FORM.unpack(raw))) for number, raw in enumerate(raw_slots)
                  if is_sealed(raw, COMMITTED)]
        slots = [slot for number, slot in sealed if slot.log_id == self.log_id
                 and slot.sequence % 2 == number and is_zero(slot.reserved)]
        self.check("committed", (len(data) != 1024, "it has another length"),
                   (len(slots) < 2, "a slot is not sound"))
        self.committed = max(slots, key=lambda slot: slot.sequence, default=None)
        self.closed = (len(slots) == 2 and slots[0][3:] == slots[1][3:]
                       and slots[0].tree == slots[0].size)

    def read_checkpoints(self):
        kept = ["checkpoints/" + match[0] for match in self.names("checkpoints", "[0-9]{20}")]
        for name in filter(self.exists, ["checkpoint"] + kept):
            checkpoint = self.parse(name, Checkpoint, self.read(name, MAX_NOTE + 1))
            if checkpoint and name in ("checkpoint", f"checkpoints/{checkpoint.size:020d}"):
                self.checkpoints[name] = checkpoint
            elif checkpoint:
                self.report(name, "its size is not that in its name")

    def read_mark(self):
        match = re.fullmatch(b"provender redaction 1\nlog " + self.log_id.hex().encode()
                             + b"\nentry (0|[1-9][0-9]{0,19})\n", self.read("redaction", 4096))
        if match:
            self.mark = int(match[1])
        elif self.exists("redaction"):
            self.report("redaction", "the mark of a redaction under way is malformed")

    def read_log(self, segments):
        sizes = [checkpoint.size for checkpoint in self.checkpoints.values()]
        self.bound = max(sizes + [self.committed.size if self.committed else 0])
        self.committed_end = self.committed[5:7] if self.committed else (0, 0)
        self.check("log", (not segments, "it holds no segment"))
        for place, segment in enumerate(segments):
            file, is_last = "log/" + segment[0], place == len(segments) - 1
            if self.exists(file):
                self.read_segment(file, self.read(file), place, int(segment[1]), is_last)
            else:
                self.report(file, "it is no file")
        self.entries, self.size = dict(sorted(self.entries.items())), self.next

    # Segments and frames

    def read_segment(self, file, data, place, first, is_last):
        header = SEGMENT_FORM.pack(SEGMENT, 1, 0, self.log_id, place, self.next, self.number,
                                   self.last_leaf)
        sound = data[:508] == header[:508] and is_sealed(data[:512], SEGMENT)
        if not sound or first != self.next:
            if is_last and place and self.next >= self.bound \
                    and find_frame(data, 512, -1, self.log_id) is None:
                self.report(file, "the header was not written whole", TORN)
                return
            self.report(file, "the header does not follow from what stands before")
        self.read_frames(file, data, first, is_last)

    def read_frames(self, file, data, segment, is_last):
        at = 512
        while at is not None and at < len(data):
            if is_zero(data[at:at + 512]) and is_zero(data[at:]):
                if not is_last or self.next < self.bound:
                    self.report(f"{file} byte {at}", "zeros where there should be a frame")
                return
            frame, entries, problems = self.read_frame(file, data, at)
            partial = [message for is_partial, _, message in problems if is_partial]
            above = self.next >= self.bound and (segment, at) >= self.committed_end
            if partial and above and is_last \
                    and find_frame(data, at + 512, self.number, self.log_id) is None:
                self.report(f"{file} byte {at}", partial[0], TORN)
                return
            for _, offset, message in problems:
                self.report(f"{file} byte {offset}", message)
            if frame is None or frame.end > len(data):
                at = find_frame(data, at + 512, self.number - 1, self.log_id)
                continue
            if frame.header.first >= self.next:
                self.frames[segment, at] = frame
                self.entries.update((entry.index, entry) for entry in entries)
                self.next, self.number = frame.after, frame.header.number + 1
                self.last_leaf = frame.header.leaf
            at = frame.end

    def read_frame(self, file, data, at):
        """A frame, its entries, its problems; partial are those of one not written whole."""
        frame = read_header(data, at, self.log_id)
        if frame is None or frame.body_end > len(data):
            return frame, [], [(True, at, "there is no sound frame header, or too long a frame")]
        header, tables = frame.header, at + 96
        directory, salts = tables + 96 * header.count, tables + 112 * header.count
        links_at = tables + 144 * header.count
        payload_at = payloads = links_at + header.links_length
        problems = broken(
            (header[2:4] == (self.number, self.next), False, at, "the frame is out of order"),
            (crc32c(data[tables:salts]) == header.table_crc, True, tables, "the tables' CRC"),
            (frame.end <= len(data), True, at, "the frame is longer than its file"),
            (is_zero(data[frame.body_end:frame.end]), True, at, "the padding is not zeros"))
        entries, previous = [], self.last_leaf
        for i in range(header.count):
            entry = Entry(data, tables + 96 * i, header.first + i, file)
            payload_size, links_size, payload_crc, links_crc = struct.unpack_from(
                ">IIII", data, directory + 16 * i)
            salt = data[salts + 32 * i:salts + 32 * i + 32]
            entry.payload = read_part(data, payload_at, payload_size, salt[:16], payload_crc, b"\2")
            entry.links = read_part(data, links_at, links_size, salt[16:], links_crc, b"\3")
            fits = payload_size <= MAX_PAYLOAD and links_size <= MAX_LINKS
            problems += self.check_parts(entry, entry.at) + broken(
                (fits, True, entry.at, "a part is too long"),
                (entry.previous == previous, False, entry.at, "previous is another leaf"),
                (entry.kind not in PUBLISHED or is_zero(salt), False, entry.at, "a public salt"))
            entries.append(entry)
            previous = entry.leaf
            payload_at, links_at = payload_at + payload_size, links_at + links_size
        lengths_agree = links_at == payloads and payload_at == frame.body_end
        return frame, entries, problems + broken(
            (lengths_agree, True, salts, "the lengths do not add up"),
            (previous == header.leaf, False, at, "the last entry has another leaf hash"),
            (header.flags != entries[-1].is_last, False, at, "the flag for an open capture"))

    def check_parts(self, entry, place):
        """Problems of payload and links, which say nothing where they or the entry are wrong."""
        problems, above = [], self.next >= self.bound
        for name, part in (("payload", entry.payload), ("links", entry.links)):
            if part.state == DAMAGED and self.mark is not None and not above:
                self.half_erased.append((entry, name))
            elif part.state == DAMAGED or (part.state == ERASED and above):
                problems.append((True, place, f"the {name} of entry {entry.index} are damaged"))
        agrees = entry.agrees()
        entry.has_meaning = entry.links_have_meaning()
        for name in ("payload", "links"):
            part = getattr(entry, name)
            state = part.state if agrees and entry.is_known else DAMAGED
            data = part.data if entry.kind in PUBLISHED else b""  # nobody asks for others again
            setattr(entry, name, Part(state, data, part.digest))
        problems += broken(
            (agrees, False, place, "payload or links are not those committed to"),
            (entry.own_index == entry.index, False, place, "the entry has another index"),
            (entry.is_known, False, place, "version, flags or reserved bytes are unknown"))
        return problems

    def check_genesis(self):
        genesis = self.entries.get(0)
        if genesis is not None and (genesis.payload.data or genesis.payload.state == WHOLE):
            claim = self.parse(genesis.place, parse_genesis, genesis.payload.data)
            self.origin, log_id = claim or ("", None)
            is_other = log_id != self.log_id or genesis.links.data
            self.check(genesis.place, (is_other, "genesis is of another log, or has links"))
        text = f"provender 1\norigin {self.origin}\nlog {self.log_id.hex()}\n".encode()
        self.check("FORMAT", (self.read("FORMAT", 4096) != text, "it differs from genesis"))
        if not self.origin:  # Then keys sign under the name of the newest checkpoint.
            claims = sorted(self.checkpoints.values(), key=lambda checkpoint: -checkpoint.size)
            claims += [checkpoint for _, checkpoint in self.since]
            self.origin = claims[0].origin if claims else ""

    # What holds from entry to entry

    def check_entries(self):
        time, is_open, capture = None, False, None  # the capture is None after missing entries
        for index, entry in self.entries.items():
            if index and index - 1 not in self.entries:
                is_open, capture = True, None
            inside = entry.kind in (EVENT, RECEIPT) or (entry.kind > NOTE and is_open)
            begins = entry.kind == CAPTURE or entry.is_last
            self.check(
                entry.place,
                (time is not None and entry.time < time, "the time is before that of the last"),
                (entry.flags & HELD and entry.time != time, "the clock was held at another time"),
                ((entry.kind == GENESIS) != (index == 0), "genesis is not, or not only, entry 0"),
                (inside and (not is_open or capture not in (None, entry.capture)),
                 "the entry is in no capture, or in another"),
                (entry.kind == RECEIPT and not entry.is_last, "a receipt does not end its capture"),
                (not inside and is_open and capture is not None, "the capture before has no end"),
                (not inside and (entry.capture != index or not begins), "it stands not alone"))
            if not entry.has_meaning:
                self.report(entry.place, "the links have no meaning", DERIVED)
            time, is_open = entry.time, not entry.is_last
            capture = None if entry.is_last else entry.capture if capture is None else capture
        if is_open and capture < self.bound:
            self.report(f"entry {capture}", "a capture below the end has no end")
        elif is_open and all(fault["severity"] <= TORN for fault in self.faults):
            self.size = capture  # It is unfinished, and the next writer cuts it off.
            self.entries = {i: entry for i, entry in self.entries.items() if i < capture}

    def check_committed(self):
        slot = self.committed
        if slot is None:
            return
        frame = self.frames.get((slot.last_segment, slot.last_offset))
        entry = self.entries.get(slot.size - 1)
        ends = [(slot.size, 512)] + ([(slot.last_segment, frame.end)] if frame else [])
        self.check(
            "committed",
            (frame is None or (frame.after, frame.header.leaf, frame.header.number + 1)
             != (slot.size, slot.leaf, slot.frame), "its last frame is not that of the log"),
            (frame and frame.header.flags, "its last frame goes on"),
            ((slot.end_segment, slot.end_offset) not in ends, "its end is not that of the frame"),
            (entry is None or (entry.time, entry.leaf) != (slot.time, slot.leaf),
             "its last entry is not that of the log"),
            (self.tree.root(slot.size) not in (None, slot.root), "its root is not that of the log"),
            (slot.tree > slot.size, "its tree is larger than its log"))

    def check_tree(self):
        if self.committed is None or len(self.tree.levels[0]) < self.size:
            return
        closed = self.closed and self.size == self.committed.size
        durable = min(self.committed.tree, self.size)
        for stray in self.names("tree", "(?![0-9]$).*"):
            self.report("tree/" + stray[0], "it does not belong to the tree", DERIVED)
        for level in range(10):
            nodes = self.tree.levels[8 * level] if 8 * level < len(self.tree.levels) else []
            data, expected = self.read(f"tree/{level}"), b"".join(nodes)
            needed = durable // 256 ** level * 32
            if data[:needed] != expected[:needed] or (closed and data != expected):
                self.report(f"tree/{level}", "it is not the tree over the entries", DERIVED)

    # Redaction

    def check_redactions(self):
        named = {}
        for index, entry in self.entries.items():
            if entry.kind == REDACTION and entry.payload.state == WHOLE:
                self.check(entry.place, (entry.links.data, "a redaction has links"))
                targets = self.parse(entry.place, parse_redaction, entry.payload.data)
                for target, scope, digest in targets or []:
                    named.setdefault(target, []).append((index, scope, digest))
                    other = self.entries.get(target)
                    forbidden = target >= index or (other and other.kind not in REDACTABLE)
                    self.check(entry.place, (forbidden, f"entry {target} cannot be redacted"))
        for entry, name in self.half_erased:
            if any(index == self.mark and (scope == 2 or name == "payload")
                   for index, scope, _ in named.get(entry.index, [])):
                setattr(entry, name, Part(ERASED, b"", None))
            else:
                self.report(entry.place, f"the {name} are damaged")
        for index, entry in self.entries.items():
            self.check_erased(entry, named.get(index, []))

    def check_erased(self, entry, named):
        payload, links, links_digest = entry.payload.state, entry.links.state, entry.links.digest
        scopes = {scope for _, scope, _ in named}
        carried_out = {scope for index, scope, _ in named if index != self.mark}
        differs = payload == ERASED and links_digest and any(
            digest and commitment(digest, links_digest) != entry.commitment
            for _, _, digest in named)
        self.check(
            entry.place,
            (payload == ERASED and not scopes, "the payload is erased, and no redaction says so"),
            (links == ERASED and 2 not in scopes, "the links are erased, and no redaction says so"),
            ((payload == WHOLE and carried_out) or (links == WHOLE and 2 in carried_out),
             "a redaction names a part that is still there"),
            (differs, "the digest in the redaction is not that of the payload"))

    # Keys, checkpoints, time stamps

    def check_checkpoints(self):
        self.history = KeyHistory(self.log_id)
        for index, entry in self.entries.items():
            if entry.kind == KEY and entry.payload.state == WHOLE:
                self.parse(entry.place, self.history.take, index, entry.payload.data)
        for match in self.names("checkpoints", r"([0-9]{20})\.(0|[1-9][0-9]*)\.tsr"):
            name, checkpoint = match[0], self.checkpoints.get("checkpoints/" + match[1])
            stamped = stamped_digest(self.read("checkpoints/" + name, 100_000))
            self.check(name, (not checkpoint or stamped != sha(checkpoint.body),
                              "it is not a stamp of its checkpoint"))
        demanded = {key for name, key in self.demanded if name == self.origin}
        signers = set()
        for name, checkpoint in self.checkpoints.items():
            signers |= self.check_checkpoint(name, checkpoint, False, demanded)
        for name, checkpoint in self.since:
            signers |= self.check_checkpoint(name, checkpoint, True, demanded)
        if self.demanded and not signers:
            self.report("checkpoint", "none that counts is signed by the demanded key", UNSIGNED)

    def check_checkpoint(self, name, checkpoint, is_pinned, demanded):
        """Compares it with the log; the keys by which it meets the demand."""
        usual, history = TAMPERED if is_pinned else CORRUPT, self.history
        if checkpoint.origin != self.origin:
            signed = any(checkpoint.signed_by(signer, key) for signer, key in self.demanded
                         if signer == checkpoint.origin)
            self.report(name, "it is of another log", TAMPERED if signed else usual)
            return set()
        worth = history.worth(checkpoint, self.origin)
        known = [key.key for key in history.keys]
        by_demanded = {key for key in demanded if checkpoint.signed_by(self.origin, key)}
        if worth in (history.OTHER_KEY, history.NO_SIGNATURE):
            self.report(name, "it is not signed by the key of the log at that size", usual)
        severity = TAMPERED if is_pinned or worth == history.COUNTS or by_demanded else CORRUPT
        root = self.tree.root(checkpoint.size)
        if checkpoint.size > self.size:
            self.report(name, f"it is of {checkpoint.size} entries, of {self.size}", severity)
        elif root != checkpoint.root and (root or is_pinned):
            self.report(name, f"the log has not its root of {checkpoint.size} entries", severity)
        if not (worth == history.COUNTS or by_demanded.difference(known)
                or (is_pinned and worth == history.VOID)):
            return set()
        heirs = demanded.union(*(known[known.index(key):] for key in demanded if key in known))
        return {key for key in heirs if checkpoint.signed_by(self.origin, key)}


# The command


def verify(words):
    parser = argparse.ArgumentParser(prog="provender_verify", description="Verifies a ledger.")
    parser.error = lambda message: parser.exit(64, f"{parser.prog}: {message}\n")
    parser.add_argument("ledger")
    parser.add_argument("--since", type=argparse.FileType("rb"), action="append", default=[])
    parser.add_argument("--key", type=parse_vkey, action="append", default=[])
    arguments = parser.parse_args(words)
    try:
        since = [(file.name, Checkpoint(file.read(MAX_NOTE + 1))) for file in arguments.since]
    except ValueError as error:
        parser.error(f"a checkpoint of --since is none: {error}")
    if not os.path.isdir(os.path.join(arguments.ledger, "log")):
        parser.error(f"{arguments.ledger}: no ledger")
    verifier = Verifier(arguments.ledger, since, arguments.key)
    code = verifier.run()
    root = verifier.tree.root(verifier.size)
    return {"verdict": VERDICTS[code], "exitCode": code, "origin": verifier.origin,
            "entries": verifier.size, "root": root and root.hex(), "faults": verifier.faults}


def main(words):
    if words[:1] == ["--batch"]:
        with open(words[1], encoding="utf-8") as lines:
            for line in lines:
                print(json.dumps(verify(json.loads(line))))
        return 0
    result = verify(words)
    for fault in result["faults"]:
        print(f"{VERDICTS[fault['severity']]}: {fault['place']}: {fault['message']}")
    print("{verdict}: {entries} entries of {origin}, root {root}".format(**result))
    if "--since" not in words:
        print("Without a checkpoint kept elsewhere, an end that was cut off cleanly is not seen.")
    return result["exitCode"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
