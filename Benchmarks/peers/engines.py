"""The programs that recall-bench is compared with, each asked in the way its own manual suggests.

An engine is built from the kit's data in a directory of its own and answers `forward(lot)` and
`backward(lot)` with lots, with or without the one that was asked about; and, where it can, `reaches`,
`common` and `balance`.
"""
import json


class SQLite:
    """One table in order of the source, one index in order of the target, recursive queries."""

    name = "sqlite"

    def __init__(self, data, directory):
        import sqlite3
        self.version = sqlite3.sqlite_version
        self.connection = sqlite3.connect(directory / "edges.sqlite")
        run = self.connection.execute
        run("pragma journal_mode = off")
        run("pragma synchronous = off")
        run("pragma cache_size = -1000000")
        run("pragma mmap_size = 4000000000")
        run("create table edge (source integer, target integer, quantity integer,"
            " primary key (source, target)) without rowid")
        order = data.source.argsort(kind="stable")
        for first in range(0, len(order), 1 << 19):
            rows = order[first:first + (1 << 19)]
            self.connection.executemany("insert into edge values (?, ?, ?)", zip(
                data.source[rows].tolist(), data.target[rows].tolist(),
                data.quantity[rows].tolist()))
        run("create index backward on edge (target, source)")
        run("analyze")
        self.connection.commit()

    def forward(self, lot):
        rows = self.connection.execute(
            "with recursive reached(lot) as (values (?) union select edge.target from reached"
            " cross join edge on edge.source = reached.lot) select lot from reached", (lot,))
        return [row[0] for row in rows]

    def backward(self, lot):
        rows = self.connection.execute(
            "with recursive reached(lot) as (values (?) union select edge.source from reached"
            " cross join edge indexed by backward on edge.target = reached.lot)"
            " select lot from reached", (lot,))
        return [row[0] for row in rows]

    def reaches(self, source, target):
        row = self.connection.execute(
            "with recursive reached(lot) as (values (?) union select edge.target from reached"
            " cross join edge on edge.source = reached.lot where edge.target <= ?)"
            " select 1 from reached where lot = ? limit 1", (source, target, target)).fetchone()
        return row is not None

    def common(self, cases):
        return self.connection.execute(
            "with recursive reached(sick, lot) as (select value, value from json_each(?) union"
            " select reached.sick, edge.source from reached cross join edge indexed by backward"
            " on edge.target = reached.lot) select lot, count(*) from reached group by lot"
            " order by 2 desc, 1 limit 100", (json.dumps(cases),)).fetchall()

    def balance(self):
        return self.connection.execute(
            "select count(*), sum(lot) from (select target as lot, sum(quantity) as came from edge"
            " group by target) join (select source as lot, sum(quantity) as went from edge"
            " group by source) using (lot) where went > came").fetchone()


class DuckDB:
    """Two tables, sorted by source and by target, recursive queries, two threads."""

    name = "duckdb"

    def __init__(self, data, directory):
        import duckdb
        self.version = duckdb.__version__
        self.connection = duckdb.connect(str(directory / "edges.duckdb"))
        self.connection.execute("set threads = 2")
        edges = {"source": data.source, "target": data.target, "quantity": data.quantity}
        self.connection.execute(
            "create table edge as select source, target, quantity from edges order by source, target")
        self.connection.execute(
            "create table inward as select target, source from edges order by target, source")
        self.connection.execute("checkpoint")

    def _lots(self, query, values):
        return self.connection.execute(query, values).fetchnumpy()["lot"].tolist()

    def forward(self, lot):
        return self._lots(
            "with recursive reached(lot) as (select ?::integer union select edge.target from reached"
            " join edge on edge.source = reached.lot) select lot from reached", [lot])

    def backward(self, lot):
        return self._lots(
            "with recursive reached(lot) as (select ?::integer union select inward.source from reached"
            " join inward on inward.target = reached.lot) select lot from reached", [lot])

    def common(self, cases):
        return self.connection.execute(
            "with recursive reached(sick, lot) as (select unnest(?::integer[]) as sick, sick union"
            " select reached.sick, inward.source from reached join inward on inward.target = reached.lot)"
            " select lot, count(*) from reached group by lot order by 2 desc, 1 limit 100",
            [cases]).fetchall()

    def balance(self):
        return self.connection.execute(
            "select count(*), sum(lot) from (select target as lot, sum(quantity) as came from edge"
            " group by target) join (select source as lot, sum(quantity) as went from edge"
            " group by source) using (lot) where went > came").fetchone()


class IGraph:
    """A graph in memory."""

    name = "igraph"

    def __init__(self, data, directory):
        import igraph
        import numpy
        self.version = igraph.__version__
        edges = numpy.column_stack((data.source, data.target)).astype(numpy.int64)
        self.graph = igraph.Graph(n=data.lots, edges=memoryview(edges), directed=True)

    def forward(self, lot):
        return self.graph.subcomponent(lot, mode="out")

    def backward(self, lot):
        return self.graph.subcomponent(lot, mode="in")


class Kuzu:
    """A graph database in the process, Cypher, two threads."""

    name = "kuzu"

    def __init__(self, data, directory):
        import duckdb
        import kuzu
        self.version = kuzu.__version__
        self.database = kuzu.Database(str(directory / "kuzu"), buffer_pool_size=4 << 30)
        self.connection = kuzu.Connection(self.database, num_threads=2)
        run = self.connection.execute
        run("call var_length_extend_max_depth = 1000")
        run("create node table Lot (id int64 primary key)")
        run("create rel table Into (from Lot to Lot)")
        edges = {"source": data.source, "target": data.target}
        assert len(edges["source"]) == len(edges["target"])
        duckdb.execute(
            f"copy (select source::bigint, target::bigint from edges) to '{directory}/edges.parquet'")
        duckdb.execute(
            f"copy (select i from range({data.lots}) t(i)) to '{directory}/lots.parquet'")
        run(f"copy Lot from '{directory}/lots.parquet'")
        run(f"copy Into from '{directory}/edges.parquet'")

    def _lots(self, query, lot):
        return [row[0] for row in self.connection.execute(query, {"lot": lot}).get_all()]

    def forward(self, lot):
        return self._lots(
            "match (a:Lot)-[:Into* shortest 1..1000]->(b:Lot) where a.id = $lot return b.id", lot)

    def backward(self, lot):
        return self._lots(
            "match (a:Lot)<-[:Into* shortest 1..1000]-(b:Lot) where a.id = $lot return b.id", lot)


ENGINES = {"sqlite": SQLite, "duckdb": DuckDB, "igraph": IGraph, "kuzu": Kuzu}
