#!/usr/bin/env python3
"""Times the capture of one event from process start, over and over, and how much each writes.

The events stay in the ledger: give it a copy. Every event is a new one, about items that the ledger knows.

    python3 one_event.py LEDGER --provender PATH [--runs 20]
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
import uuid

EVENT = {
    "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "type": "ObjectEvent", "eventTime": "2026-11-20T00:00:28.498+00:00",
    "eventTimeZoneOffset": "+00:00", "action": "OBSERVE", "bizStep": "shipping",
    "readPoint": {"id": "https://id.gs1.org/414/9520199800010"},
}


def one(options, path):
    """Captures an event: the time that passed, the processor's, and the bytes given to the disk."""
    event = dict(EVENT, eventID=f"urn:uuid:{uuid.uuid4()}", quantityList=[
        {"epcClass": options.item, "quantity": 20, "uom": "KGM"}])
    with open(path, "w", encoding="utf-8") as file:
        json.dump(event, file)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([options.provender, "capture", path, "--ledger", options.ledger], check=True,
                   stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e3, processor * 1e3, (after.ru_oublock - before.ru_oublock) * 512


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("ledger")
    parser.add_argument("--provender", default="provender")
    parser.add_argument("--item", default="https://id.gs1.org/01/09520199801000/10/25%2F001%2F1")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [one(options, os.path.join(folder, "event.json")) for _ in range(options.runs)]
    walls, processors, written = zip(*rows)
    print("| runs | wall, median | wall, worst | processor, median | written, median | written, worst |")
    print("|---|---|---|---|---|---|")
    print(f"| {len(rows)} | {statistics.median(walls):.1f} ms | {max(walls):.1f} ms "
          f"| {statistics.median(processors):.1f} ms | {statistics.median(written) / 1024:.0f} KiB "
          f"| {max(written) / 1024:.0f} KiB |")


if __name__ == "__main__":
    main()
