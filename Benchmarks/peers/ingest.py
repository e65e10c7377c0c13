#!/usr/bin/env python3
"""Take the same EPCIS events into a ledger, SQLite and DuckDB, in turns, and check that all hold the same.

    python3 -m venv venv && venv/bin/pip install duckdb
    swift build -c release --static-swift-stdlib --product provender
    venv/bin/python ingest.py --provender .build/release/provender [--events 200000 | --file EVENTS.jsonl]

Without --file it writes events of 650 bytes with three items each, one on a line. Every peer ends with the events
durable, each event's ID unique, the items numbered, and the mentions of items in events indexed both ways:

  provender  `provender capture`: a hashed, provable log of captures of 1,000 events, and what index it makes;
             a second figure is to the moment when all is durable and can be asked about, without the index of
             everything that a capture into a small ledger compiles afterwards
  sqlite     Python's json and sqlite3: WAL, synchronous=FULL, transactions of 1,000 events
  duckdb     read_json of the whole file into the same tables, then a checkpoint; no batches of 1,000

With --documents N it captures the same events as N-event EPCISDocuments and as one large document besides, by the
ledger alone. For one core put `taskset -c 0` before the command. Each figure is the median of the rounds, in events a second.
"""
import argparse
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

SCHEMA = """
create table events(id integer primary key, event_id text unique, type text, time text, action text, step text,
  disposition text, read_point text, biz_location text);
create table items(id integer primary key, uri text unique);
create table mentions(event integer, item integer, quantity real, unit text);
create index mentions_of_item on mentions(item);
create index mentions_of_event on mentions(event);
"""


def with_check_digit(body):
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def generate(path, count):
    """Shipping events of one made-up year: three lots each, of a thousand products, at fifty sites."""
    numbers = random.Random(7)
    products = [with_check_digit(f"0952{1000 + n // 20:04}{n % 20:05}") for n in range(1000)]
    sites = [with_check_digit(f"952{1000 + n:04}00001") for n in range(50)]
    with path.open("w") as file:
        for number in range(count):
            raw = f"{numbers.getrandbits(128):032x}"
            second = number * 37 // 1000
            clock = (f"{1 + second // 86400 // 28:02}-{1 + second // 86400 % 28:02}T{second // 3600 % 24:02}:"
                     f"{second // 60 % 60:02}:{second % 60:02}.{number * 37 % 1000:03}")
            lots = ",".join(
                f'{{"epcClass":"https://id.gs1.org/01/{numbers.choice(products)}/10/'
                f'L{numbers.randrange(count // 2 + 1):07}","quantity":{numbers.randrange(1, 999)},"uom":"KGM"}}'
                for _ in range(3))
            site = f'{{"id":"https://id.gs1.org/414/{numbers.choice(sites)}"}}'
            file.write(
                f'{{"type":"ObjectEvent","eventID":"urn:uuid:{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-'
                f'{raw[20:]}","eventTime":"2025-{clock}+00:00","eventTimeZoneOffset":"+00:00","quantityList":[{lots}],'
                f'"action":"OBSERVE","bizStep":"shipping","disposition":"in_transit","readPoint":{site},'
                f'"bizLocation":{site}}}\n')


def size(place):
    return sum(file.stat().st_size for file in pathlib.Path(place).rglob("*") if file.is_file())


def ledger(file, place, options):
    """Seconds, events, distinct items, bytes."""
    directory = place / "ledger"
    command = [options.provender, "init", "--ledger", directory]
    subprocess.check_call(list(map(str, command)), stdout=subprocess.DEVNULL)
    seconds, report = captured(directory, [file], options)
    milliseconds = report["milliseconds"]
    options.answerable.append(report["captured"] / (seconds - milliseconds["index"] / 1000))
    options.processor.append(milliseconds["processor"] * 1000 / report["captured"])
    taken = size(directory)
    if options.check:
        # Whatever the capture left to be indexed is indexed by the first question.
        subprocess.check_call([str(options.provender), "trace", "forward", options.item, "--ledger", str(directory)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stats = json.loads(subprocess.check_output(
        [str(options.provender), "stats", "--json", "--ledger", str(directory)]))
    return seconds, stats["events"], stats["index"]["items"], taken


def captured(directory, files, options):
    """Seconds from process start to end, and what the command says of the capture."""
    start = time.perf_counter()
    report = json.loads(subprocess.check_output(
        [str(options.provender), "capture", "--json", "--ledger", str(directory), *map(str, files)],
        stderr=subprocess.DEVNULL))
    return time.perf_counter() - start, report


def documents(file, place, options):
    """The same events as many EPCISDocuments, and as one; a line for each."""
    head = ('{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",'
            '"schemaVersion":"2.0","creationDate":"2025-01-01T00:00:00Z","epcisBody":{"eventList":[')
    lines = file.read_text().splitlines()
    for name, count in ((f"documents of {options.documents:,} events", options.documents),
                        ("one document of all events", len(lines))):
        parts = []
        for first in range(0, len(lines), count):
            parts.append(place / f"{count}-{first}.jsonld")
            parts[-1].write_text(head + ",\n".join(lines[first:first + count]) + "]}}")
        rates = []
        for number in range(options.rounds):
            directory = place / f"ledger-{count}-{number}"
            subprocess.check_call([str(options.provender), "init", "--ledger", str(directory)],
                                  stdout=subprocess.DEVNULL)
            seconds, report = captured(directory, parts, options)
            rates.append(report["captured"] / (seconds - report["milliseconds"]["index"] / 1000))
        print(f"{name}: {statistics.median(rates):,.0f} events a second to durable and answerable")


def sqlite(file, place, options):
    path = place / "sqlite.db"
    start = time.perf_counter()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.executescript(SCHEMA)
    numbers = {}
    with file.open("rb") as lines:
        batch = []
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == 1000:
                insert(database, batch, numbers)
                batch = []
        insert(database, batch, numbers)
    seconds = time.perf_counter() - start
    events = database.execute("select count(*) from events").fetchone()[0]
    items = database.execute("select count(*) from items").fetchone()[0]
    database.close()
    return seconds, events, items, size(place)


def insert(database, batch, numbers):
    """One transaction. Numbers of items are kept in a dictionary, which spares SQLite a look-up for each."""
    first = database.execute("select coalesce(max(id), 0) + 1 from events").fetchone()[0]
    events, items, mentions = [], [], []
    for number, event in enumerate(batch, first):
        events.append((number, event.get("eventID"), event["type"], event["eventTime"], event.get("action"),
                       event.get("bizStep"), event.get("disposition"), event.get("readPoint", {}).get("id"),
                       event.get("bizLocation", {}).get("id")))
        for uri, quantity, unit in mentioned(event):
            item = numbers.get(uri)
            if item is None:
                item = numbers[uri] = len(numbers) + 1
                items.append((item, uri))
            mentions.append((number, item, quantity, unit))
    database.execute("begin immediate")
    database.executemany("insert into events values(?,?,?,?,?,?,?,?,?)", events)
    database.executemany("insert into items values(?,?)", items)
    database.executemany("insert into mentions values(?,?,?,?)", mentions)
    database.execute("commit")


def mentioned(event):
    """The items of an event, whatever their role."""
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for part in event.get(name, ()):
            yield part["epcClass"], part.get("quantity"), part.get("uom")
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        for uri in event.get(name, ()):
            yield uri, None, None
    if event.get("parentID"):
        yield event["parentID"], None, None


def duckdb(file, place, options):
    import duckdb as engine
    start = time.perf_counter()
    database = engine.connect(str(place / "duck.db"))
    database.execute(f"set threads = {len(os.sched_getaffinity(0))}")
    quantities = "struct(epcClass varchar, quantity double, uom varchar)[]"
    columns = {
        "eventID": "varchar", "type": "varchar", "eventTime": "varchar", "action": "varchar", "bizStep": "varchar",
        "disposition": "varchar", "readPoint": "struct(id varchar)", "bizLocation": "struct(id varchar)",
        "parentID": "varchar"}
    columns |= {f"{name}uantityList": quantities for name in ("q", "childQ", "inputQ", "outputQ")}
    columns |= {name: "varchar[]" for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList")}
    database.execute(f"""
        create temp table raw as select row_number() over () as id, *
        from read_json('{file}', format='newline_delimited', columns={columns});
        create table events as select id, eventID as event_id, type, eventTime as time, action, bizStep as step,
          disposition, readPoint.id as read_point, bizLocation.id as biz_location from raw;
        create temp table found as
          {" union all ".join(f"select id, unnest({name}u, recursive := true) from "
                              f"(select id, {name}uantityList as {name}u from raw)"
                              for name in ("q", "childQ", "inputQ", "outputQ"))};
        {"".join(f"insert into found select id, unnest({name}), null, null from raw;"
                 for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"))}
        insert into found select id, parentID, null, null from raw where parentID is not null;
        create table items as select row_number() over () as id, uri from (select distinct epcClass as uri from found);
        create table mentions as select found.id as event, items.id as item, quantity, uom as unit
          from found join items on found.epcClass = items.uri;
        create unique index events_by_id on events(event_id);
        create unique index items_by_uri on items(uri);
        create index mentions_of_item on mentions(item);
        create index mentions_of_event on mentions(event);
        checkpoint""")
    seconds = time.perf_counter() - start
    events = database.execute("select count(*) from events").fetchone()[0]
    items = database.execute("select count(*) from items").fetchone()[0]
    database.close()
    return seconds, events, items, size(place)


ENGINES = {"provender": ledger, "sqlite": sqlite, "duckdb": duckdb}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provender", required=True, type=pathlib.Path)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--file", type=pathlib.Path, help="events of your own, one on a line")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents", type=int, help="events of each document")
    parser.add_argument("--peers", default="sqlite,duckdb")
    parser.add_argument("--directory", help="where the files are made, on the disk to be measured")
    options = parser.parse_args()
    options.provender = options.provender.resolve()
    names = ["provender", *filter(None, options.peers.split(","))]
    results = {name: [] for name in names}
    options.answerable, options.processor = [], []
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        file = options.file
        if file is None:
            file = pathlib.Path(directory) / "events.jsonl"
            generate(file, options.events)
        with file.open() as lines:
            options.item = next(mentioned(json.loads(next(lines))))[0]
        for number in range(options.rounds):
            options.check = number == 0
            for name in names:
                with tempfile.TemporaryDirectory(dir=directory) as place:
                    results[name].append(ENGINES[name](file, pathlib.Path(place), options))
                print(name, results[name][-1], file=sys.stderr, flush=True)
        if options.documents:
            with tempfile.TemporaryDirectory(dir=directory) as place:
                documents(file, pathlib.Path(place), options)
    held = {name: rounds[0][1:3] for name, rounds in results.items()}
    rates = {name: statistics.median(events / seconds for seconds, events, _, _ in rounds)
             for name, rounds in results.items()}
    own = rates["provender"]
    print("| | events a second | ours is | bytes an event |\n|---|---|---|---|")
    for name in names:
        events = results[name][0][1]
        print(f"| {name} | {rates[name]:,.0f} | ×{own / rates[name]:.2f} | {results[name][0][3] / events:,.0f} |")
    print(f"Durable and answerable: {statistics.median(options.answerable):,.0f} events a second, "
          f"{statistics.median(options.processor):.2f} µs of processor an event.")
    if len(set(held.values())) > 1:
        print(f"They hold different events or items: {held}")
        sys.exit(1)
    print(f"All hold {held['provender'][0]:,} events and {held['provender'][1]:,} items.")


if __name__ == "__main__":
    main()
