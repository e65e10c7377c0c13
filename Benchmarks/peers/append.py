#!/usr/bin/env python3
"""Append payloads of 300 bytes durably: to a ledger, to SQLite and to PostgreSQL, in turns on one disk.

    apt-get install gcc libsqlite3-dev postgresql
    swift build -c release --package-path .. --product append-bench
    python3 append.py --bench ../.build/release/append-bench [--directory DIR] [--rounds 7] [--peers sqlite]

Each figure is the median of the rounds, in payloads a second; in each round all take their turn. Ratios are the
medians of the rounds' ratios, since a disturbance lasts longer than a turn. The ledger takes notes by the library's `append(notes:)`: each payload is hashed into a log that proves every entry.
SQLite is called from C with a prepared statement (WAL, synchronous=FULL, one transaction a batch).
PostgreSQL is driven by pgbench with prepared statements and synchronous_commit=on over a socket; the rows of a
batch are made by the server, which is less work than sending them. `disk` writes the same bytes into space
that was written before and calls fdatasync: the most that the disk allows.
"""
import argparse
import os
import pathlib
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CASES = [(1, 1), (100, 1), (1000, 1), (1, 4), (1, 16)]


def text(command, **options):
    return subprocess.check_output([str(word) for word in command], text=True, **options)


class Ledger:
    name = "ledger"

    def __init__(self, place, options):
        self.place, self.program = place / "ledger", options.bench

    def run(self, batch, callers, seconds):
        shutil.rmtree(self.place, ignore_errors=True)
        return float(text([self.program, self.place, batch, seconds, callers]))


class SQLite:
    name = "sqlite"

    def __init__(self, place, options):
        self.place, self.program = place / "sqlite.db", options.helper

    def run(self, batch, callers, seconds):
        for file in self.place.parent.glob("sqlite.db*"):
            file.unlink()
        return float(text([self.program, "sqlite", self.place, batch, seconds, callers]))


class Disk:
    name = "disk"

    def __init__(self, place, options):
        self.place, self.program = place / "disk.bin", options.helper

    def run(self, batch, callers, seconds):
        return float(text([self.program, "disk", self.place, batch, seconds])) if callers == 1 else None


class PostgreSQL:
    """A server of its own, on a socket in the directory."""
    name = "postgresql"

    def __init__(self, place, options):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            sys.exit("PostgreSQL is not installed; leave it out with --peers sqlite")
        self.programs, self.place = programs[-1], place / "postgresql"
        self.place.mkdir()
        # The server refuses to run as root.
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self.user:
            os.chown(self.place, self.user.pw_uid, self.user.pw_gid)
            place.chmod(0o755)
        data = self.place / "data"
        self.call(["initdb", "-D", data, "-A", "trust", "-U", "bench"])
        self.call(["pg_ctl", "-D", data, "-w", "-l", self.place / "log", "-o",
                   f"-k {self.place} -c listen_addresses= -c synchronous_commit=on", "start"])
        self.query("create table notes(id bigserial primary key, payload bytea)")
        self.scripts = {}

    def call(self, words):
        command = [str(self.programs / words[0]), *map(str, words[1:])]
        options = {"user": self.user.pw_uid, "group": self.user.pw_gid} if self.user else {}
        return subprocess.run(command, check=True, cwd=self.place, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, **options).stdout

    def query(self, sql):
        self.call(["psql", "-h", self.place, "-U", "bench", "-d", "postgres", "-qc", sql])

    def run(self, batch, callers, seconds):
        self.query("truncate notes")
        self.query("checkpoint")
        script = self.place / f"{batch}.sql"
        script.write_text("insert into notes(payload) select decode(repeat('5a', 300), 'hex') "
                          f"from generate_series(1, {batch});\n")
        report = self.call(["pgbench", "-h", self.place, "-U", "bench", "-n", "-M", "prepared", "-f", script,
                            "-c", callers, "-j", min(callers, 2), "-T", max(1, round(seconds)), "postgres"])
        rate = next(line for line in report.splitlines() if line.startswith("tps"))
        return float(rate.split()[2]) * batch

    def close(self):
        self.call(["pg_ctl", "-D", self.place / "data", "-m", "immediate", "stop"])


PEERS = {"sqlite": SQLite, "postgresql": PostgreSQL}


def cell(own, others):
    if None in others:
        return "–"
    ratio = statistics.median(ours / theirs for ours, theirs in zip(own, others))
    return f"{statistics.median(others):,.0f} (×{ratio:.2f})"


def table(rows, names):
    lines = ["| batch | callers | ledger | " + " | ".join(names) + " |", "|---" * (len(names) + 3) + "|"]
    for (batch, callers), rates in rows.items():
        own = rates["ledger"]
        cells = [cell(own, rates[name]) for name in names]
        lines.append(f"| {batch:,} | {callers} | {statistics.median(own):,.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, type=pathlib.Path, help="the append-bench program")
    parser.add_argument("--directory", help="where the files are made, on the disk to be measured")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1, help="for each turn")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--cases", default=",".join(f"{b}x{c}" for b, c in CASES), help="BATCHxCALLERS")
    options = parser.parse_args()
    cases = [tuple(map(int, case.split("x"))) for case in options.cases.split(",")]
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        place = pathlib.Path(directory)
        options.helper = place / "append_sqlite"
        subprocess.check_call(["gcc", "-O2", "-o", options.helper, HERE / "append_sqlite.c",
                               "-lsqlite3", "-lpthread"])
        peers = [PEERS[name](place, options) for name in options.peers.split(",") if name]
        engines = [Ledger(place, options), *peers, Disk(place, options)]
        rows = {}
        try:
            for case in cases:
                rates = {engine.name: [] for engine in engines}
                for _ in range(options.rounds):
                    for engine in engines:
                        rates[engine.name].append(engine.run(*case, options.seconds))
                rows[case] = rates
                print(case, rates, file=sys.stderr, flush=True)
        finally:
            for peer in peers:
                if hasattr(peer, "close"):
                    peer.close()
    print("Payloads of 300 bytes a second; in brackets how many times as many the ledger takes.\n")
    print(table(rows, [engine.name for engine in engines[1:]]))


if __name__ == "__main__":
    main()
