#!/usr/bin/env python3
"""Times one recall from process start to the printed answer: `provender trace --list items` against the
sqlite3 shell, in turn, on the same items and links.

Needs the programs provender (`swift build -c release --static-swift-stdlib`), facade-bench (of this
package) and sqlite3 (Debian: sqlite3). WORK_DIR is made and kept: the second run needs no export.

    python3 cold_start.py LEDGER WORK_DIR --provender PATH --facade-bench PATH [--runs 50]
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

SCHEMA = r"""
create table items(id integer primary key, uri text unique);
create table edges(src integer, dst integer);
.mode ascii
.separator "\t" "\n"
.import {0}/items.tsv items
.import {0}/edges.tsv edges
create index forward on edges(src, dst);
create index backward on edges(dst, src);
analyze;
"""
QUESTION = {
    "forward": "with recursive r(x) as (select id from items where uri = '{0}' union "
    "select dst from r join edges on src = x) select uri from r join items on id = x;",
    "backward": "with recursive r(x) as (select id from items where uri = '{0}' union "
    "select src from r join edges on dst = x) select uri from r join items on id = x;",
}


def prepare(options):
    """Exports the ledger's items and links and loads them into SQLite, unless that is done."""
    base = os.path.join(options.work, "items.sqlite")
    if os.path.exists(base):
        return base
    subprocess.run([options.facade_bench, options.ledger, "--export", options.work], check=True)
    if os.path.exists(base + ".new"):
        os.remove(base + ".new")
    subprocess.run([options.sqlite3, base + ".new"], input=SCHEMA.format(options.work), text=True,
                   check=True)
    os.rename(base + ".new", base)
    return base


def questions(work, direction):
    with open(os.path.join(work, "questions.tsv"), encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return sorted((int(size), uri) for way, size, uri in rows if way == direction)


def output(command):
    return subprocess.run(command, capture_output=True, check=True).stdout


def same(commands):
    """Whether all of them print the same lines, in any order; and how many."""
    answers = [sorted(output(command).splitlines()) for command in commands]
    return all(answer == answers[0] for answer in answers), len(answers[0])


def milliseconds(command, sink):
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ,
                             file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1)])
    status = os.waitpid(process, 0)[1]
    took = (time.perf_counter() - start) * 1e3
    if status != 0:
        raise SystemExit(f"{command[0]} ended with {status}")
    return took


def measure(options, base, direction, size, name):
    """The recalls nearest to a size on which both print the same URIs, the runs shared among them."""
    near = sorted(questions(options.work, direction), key=lambda row: (abs(row[0] - size), row[1]))
    pairs = []
    differing = 0
    for _, uri in near:
        ours = [options.provender, "trace", direction, uri, "--list", "items", "--ledger",
                options.ledger]
        peer = [options.sqlite3, base, QUESTION[direction].format(uri.replace("'", "''"))]
        equal, count = same([ours, peer])
        if equal:
            pairs.append((ours, peer, count))
        else:
            differing += 1
        if len(pairs) == 5:
            break
    times = ([], [])
    with tempfile.TemporaryFile() as sink:
        for run in range(options.runs + 1):
            ours, peer, _ = pairs[run % len(pairs)]
            for place, command in enumerate((ours, peer)):
                sink.seek(0)
                took = milliseconds(command, sink)
                if run > 0:
                    times[place].append(took)
    ours, peer = (statistics.median(column) for column in times)
    sizes = sorted(count for _, _, count in pairs)
    print(f"| {direction}, {name} | {sizes[len(sizes) // 2]} | {ours:.2f} ms | {peer:.2f} ms "
          f"| {ours / peer:.2f} | {differing} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("ledger")
    parser.add_argument("work")
    parser.add_argument("--provender", default="provender")
    parser.add_argument("--facade-bench", default="facade-bench")
    parser.add_argument("--sqlite3", default="/usr/bin/sqlite3")
    parser.add_argument("--runs", type=int, default=50)
    options = parser.parse_args()
    base = prepare(options)
    print("| recall | items | provender | sqlite3 | ratio | left out, as SQLite's items have no time |")
    print("|---|---|---|---|---|---|")
    for direction in ("forward", "backward"):
        sizes = [size for size, _ in questions(options.work, direction)]
        measure(options, base, direction, statistics.median(sizes), "median of any lot")
        # The median answers of the bench kit's data.
        measure(options, base, direction, 216 if direction == "forward" else 715, "of the kit's size")


if __name__ == "__main__":
    main()
