#!/usr/bin/env python3
"""Ask other programs the questions of recall-bench, check that the answers are equal, and print how
many times longer they take.

    python3 -m venv venv && venv/bin/pip install numpy igraph duckdb kuzu
    venv/bin/python compare.py DATA_DIR --bench ../.build/release/recall-bench [--peers sqlite,igraph]

DATA_DIR is a data set of the bench kit; it is only read. Databases are built in a temporary directory.
Every workload gets one pass that is not counted and one that is; a pass ends after the budget of
seconds, so that slow peers answer the first queries only (column n).
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

from engines import ENGINES

TRACES = {"typical": "forward", "backward": "backward", "worst": "forward"}


class Data:
    """The kit's files."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory)
        self.lots = json.loads((self.path / "meta.json").read_text())["n"]
        self.source = numpy.fromfile(self.path / "src.i32", numpy.int32)
        self.target = numpy.fromfile(self.path / "dst.i32", numpy.int32)
        self.quantity = numpy.fromfile(self.path / "qty.i32", numpy.int32)

    def query(self, name, kind):
        return numpy.fromfile(self.path / "queries" / name, kind)


def fingerprint(lots):
    """Count, sum and sum of squares modulo 2^64, each lot once."""
    lots = numpy.unique(numpy.asarray(list(lots), dtype=numpy.int64)).astype(numpy.uint64)
    return [len(lots), int(lots.sum(dtype=numpy.uint64)), int((lots * lots).sum(dtype=numpy.uint64))]


def measure(questions, ask, check, budget):
    """The median in microseconds over a second pass, how many were asked, and whether all were right."""
    right = True
    times = []
    for counted in (False, True):
        begin = time.perf_counter()
        for number, question in enumerate(questions):
            start = time.perf_counter_ns()
            answer = ask(question)
            elapsed = time.perf_counter_ns() - start
            if counted:
                times.append(elapsed / 1000)
                right = right and check(number, answer)
            if time.perf_counter() - begin > budget:
                break
    return {"median_us": statistics.median(times), "mean_us": statistics.fmean(times),
            "n": len(times), "ok": bool(right)}


def run(engine, data, budget):
    """All workloads of one peer."""
    results = {}
    for name, direction in TRACES.items():
        seeds = data.query(f"{name}.u32", numpy.uint32).tolist()
        expected = data.query(f"{name}.expected.u64", numpy.uint64).reshape(-1, 3).tolist()
        ask = engine.forward if direction == "forward" else engine.backward
        results[name] = measure(
            seeds, ask,
            lambda number, answer: fingerprint([*answer, seeds[number]]) == expected[number], budget)
        print(engine.name, name, results[name], file=sys.stderr, flush=True)
    cases = data.query("cases.u32", numpy.uint32).reshape(-1, 50).tolist()
    wanted = json.loads((data.path / "queries/common.expected.json").read_text())
    results["common"] = measure(
        cases, lambda outbreak: common(engine, outbreak),
        lambda number, answer: [list(pair) for pair in answer] == wanted[number], budget)
    results |= points(engine, data, budget)
    if hasattr(engine, "balance"):
        want = data.query("balance.expected.u64", numpy.uint64).tolist()
        results["balance"] = measure(
            [None], lambda _: engine.balance(), lambda _, answer: list(answer) == want, budget)
    return results


def common(engine, outbreak):
    """The hundred lots that reach most cases, by the engine itself or from its backward traces."""
    if hasattr(engine, "common"):
        return engine.common(outbreak)
    counts = {}
    for case in outbreak:
        for lot in {case, *engine.backward(case)}:
            counts[int(lot)] = counts.get(int(lot), 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:100]


def points(engine, data, budget):
    """The first questions of each half."""
    if not hasattr(engine, "reaches"):
        return {}
    source = data.query("from.u32", numpy.uint32).tolist()
    target = data.query("to.u32", numpy.uint32).tolist()
    expected = data.query("point.expected.u8", numpy.uint8).tolist()
    half = len(source) // 2
    results = {}
    for name, first in (("point_uniform", 0), ("point_reachable", half)):
        pairs = list(zip(source[first:first + 2000], target[first:first + 2000]))
        results[name] = measure(
            pairs, lambda pair: engine.reaches(*pair),
            lambda number, answer: bool(answer) == bool(expected[first + number]), budget)
    return results


def table(ours, peers):
    """A table of times, and in brackets how many times ours."""
    lines = ["| workload | recall-bench | " + " | ".join(peers) + " |",
             "|---" * (len(peers) + 2) + "|"]
    for name in [*TRACES, "common", "point_uniform", "point_reachable", "balance"]:
        key = "mean_us" if name.startswith("point") else "median_us"
        own = ours[name][key]
        cells = []
        for results in peers.values():
            result = results.get(name)
            if result is None:
                cells.append("–")
            else:
                wrong = "" if result["ok"] else " WRONG"
                cells.append(f"{result[key]:,.1f} µs (×{result[key] / own:,.0f}, n {result['n']}){wrong}")
        lines.append(f"| {name} | {own:,.3f} µs | " + " | ".join(cells) + " |")
    builds = " | ".join(f"{results['build_s']:.1f} s" for results in peers.values())
    return "\n".join([*lines, f"| build | {ours['build_s']:.1f} s | {builds} |"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--bench", required=True, help="the recall-bench program")
    parser.add_argument("--index", help="where recall-bench keeps its index")
    parser.add_argument("--peers", default=",".join(ENGINES))
    parser.add_argument("--budget", type=float, default=4, help="seconds for one pass")
    options = parser.parse_args()
    data = Data(options.data)
    index = ["--index", options.index] if options.index else []
    command = [options.bench, options.data, "--json", *index]
    ours = [json.loads(subprocess.check_output(command))]
    peers = {}
    for name in options.peers.split(","):
        with tempfile.TemporaryDirectory() as directory:
            start = time.perf_counter()
            engine = ENGINES[name](data, pathlib.Path(directory))
            seconds = time.perf_counter() - start
            peers[f"{name} {engine.version}"] = run(engine, data, options.budget) | {
                "build_s": seconds}
            del engine
        ours.append(json.loads(subprocess.check_output(command)))
    middle = {
        name: {key: statistics.median(one[name][key] for one in ours)
               for key in ("median_us", "mean_us") if key in ours[0][name]}
        for name in ours[0] if isinstance(ours[0][name], dict) and name != "index_bytes"}
    print(table(middle | {"build_s": ours[0]["build_s"]}, peers))
    if not all(result["ok"] for results in peers.values()
               for result in results.values() if isinstance(result, dict)):
        sys.exit(1)


if __name__ == "__main__":
    main()
