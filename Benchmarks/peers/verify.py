#!/usr/bin/env python3
"""Times `provender verify` against the same hashes in bare OpenSSL (hashes.c), in turn, on one thread and
on all cores. Needs cc and libssl-dev.

    python3 verify.py LEDGER --provender PATH [--rounds 5]

The ratio is OpenSSL's time by ours: 1 would mean that reading, checking and comparing cost nothing.
"""
import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def ours(provender, ledger, threads):
    """Seconds of processor time and of wall time of a verification."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([provender, "verify", "--ledger", ledger, "--threads", str(threads)],
                   stdout=subprocess.DEVNULL, check=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("ledger")
    parser.add_argument("--provender", default="provender")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        peer = os.path.join(work, "hashes")
        subprocess.run(["cc", "-O2", os.path.join(HERE, "hashes.c"), "-lcrypto", "-lpthread", "-o",
                        peer], check=True)
        print("| threads | OpenSSL, processor s | ours, processor s | ratio | OpenSSL, wall s "
              "| ours, wall s | ratio |")
        print("|---|---|---|---|---|---|---|")
        for threads in sorted({1, os.cpu_count() or 1}):
            rounds = []
            ours(options.provender, options.ledger, threads)  # fills the page cache
            for _ in range(options.rounds):
                text = subprocess.run([peer, options.ledger, str(threads)], check=True, text=True,
                                      capture_output=True).stdout
                rounds.append((*map(float, text.split()),
                               *ours(options.provender, options.ledger, threads)))
            columns = [statistics.median(column) for column in zip(*rounds)]
            ratios = [statistics.median(row[place] / row[place + 2] for row in rounds)
                      for place in (0, 1)]
            print(f"| {threads} | {columns[0]:.2f} | {columns[2]:.2f} | {ratios[0]:.2f} "
                  f"| {columns[1]:.2f} | {columns[3]:.2f} | {ratios[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
