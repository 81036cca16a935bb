"""psql as each role sees exactly what the export in that view gives, and nothing else."""

import json
import time
import unittest
from datetime import datetime, timezone
from decimal import Decimal

from demo import Demo, psql

VIEWS = ["marketing", "revops", "leadership", "bi"]
NARROWED = ["sales_rep", "sales_manager", "agency"]
DATASETS = [
    "lead_history",
    "people",
    "accounts",
    "opportunities",
    "opportunity_stages",
    "touchpoints",
    "attribution",
]
TYPES = {
    "text": "text",
    "timestamp": "timestamp with time zone",
    "date": "date",
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "boolean",
}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


# A cell of NDJSON, and a cell of psql's, as the value they stand for.
EXPORTED = {
    "text": lambda it: it,
    "timestamp": instant,
    "date": lambda it: it,
    "integer": int,
    "decimal": Decimal,
    "boolean": lambda it: it,
}
READ = EXPORTED | {"boolean": {"t": True, "f": False}.get}


def user(view):
    return f"tool_{view}"


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo("q1")
        try:
            cls.manifests = {view: cls.demo.manifest("people", view) for view in VIEWS}
            wait_until(lambda: len(psql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'leadline%'")) > len(VIEWS))
            for view in VIEWS:
                # What an operator does for a tool.
                psql(f"CREATE ROLE {user(view)} LOGIN; GRANT leadline_{view} TO {user(view)}")
        except BaseException:
            print(cls.demo.log())
            cls.demo.clean()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.demo.clean()

    def settle(self):
        """Waits until every table tells what the exports tell now; gives that instant."""

        def as_of_tables():
            told = psql("SELECT as_of FROM leadline_reporting.status")[1:]
            # Leadership has no touchpoints.
            return {instant(row[0]) for row in told} if len(told) == len(VIEWS) * len(DATASETS) - 1 else None

        def as_of_exports():
            return instant(self.demo.manifest("people", "revops")["as_of"])

        wait_until(lambda: as_of_tables() == {as_of_exports()})
        return as_of_exports()

    def both(self, view, dataset):
        """The rows of an export and those psql reads, as values, each ordered."""
        manifest = self.demo.manifest(dataset, view)
        columns = manifest["columns"]
        lines = self.demo.download(f"{dataset}.ndjson", view).splitlines()
        exported = []
        for line in lines:
            row = json.loads(line, parse_float=Decimal)
            exported.append([value(EXPORTED, column, row[column["name"]]) for column in columns])
        head, *rows = psql(f"SELECT * FROM leadline_{view}.{dataset}", user(view))
        self.assertEqual(head, [column["name"] for column in columns])
        read = [[value(READ, column, cell) for column, cell in zip(columns, row)] for row in rows]
        return sorted(exported, key=repr), sorted(read, key=repr)

    def test_psql_as_each_role_reads_exactly_what_the_export_in_that_view_gives(self):
        for attempt in range(5):
            before = self.settle()
            compared = {
                (view, dataset): self.both(view, dataset)
                for view in VIEWS
                for dataset in DATASETS
                if self.demo.manifest(dataset, view)
            }
            # Should the facts have moved on meanwhile, the two told different instants.
            if self.settle() == before:
                break
        self.assertEqual(len(compared), len(VIEWS) * len(DATASETS) - 1)
        for (view, dataset), (exported, read) in compared.items():
            self.assertGreater(len(exported), 0, (view, dataset))
            self.assertEqual(read, exported, (view, dataset))

    def test_what_is_masked_for_a_view_is_ready_made(self):
        self.settle()
        seen = {view: dict(psql(f"SELECT id, email FROM leadline_{view}.people", user(view))[1:]) for view in VIEWS}
        self.assertTrue(all("@" in address and "***" not in address for address in seen["marketing"].values()))
        self.assertTrue(all("***@" in address for address in seen["leadership"].values()))
        self.assertTrue(all(address.startswith("h_") for address in seen["bi"].values()))
        mobile = "SELECT count(mobile) FROM leadline_marketing.people"
        self.assertEqual(psql(mobile, user("marketing"))[1], ["0"])
        # The key of pseudonyms is nowhere in the database.
        tables = psql(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('ledger', 'leadline_reporting')"
        )[1:]
        self.assertGreater(len(tables), 10)
        for (table,) in tables:
            self.assertEqual(psql(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%fixture-key%'")[1], ["0"], table)

    def test_columns_have_types_and_say_what_they_mean(self):
        self.settle()
        for view in VIEWS:
            for dataset in DATASETS:
                manifest = self.demo.manifest(dataset, view)
                if not manifest:
                    continue
                told = psql(
                    f"""SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
                        FROM pg_attribute WHERE attrelid = 'leadline_{view}.{dataset}'::regclass AND attnum > 0
                        ORDER BY attnum""",
                    user(view),
                )[1:]
                self.assertEqual(
                    [row[:2] for row in told], [[it["name"], TYPES[it["type"]]] for it in manifest["columns"]]
                )
                for (_, _, about), column in zip(told, manifest["columns"]):
                    self.assertTrue(about.startswith(column["description"]))
                    self.assertEqual(column["masked"], "Seen " in about, about)

    def test_a_role_reads_nothing_else_and_writes_nothing(self):
        self.settle()
        tables = [row[0] for row in psql("SELECT tablename FROM pg_tables WHERE schemaname = 'leadline_reporting'")[1:]]
        self.assertEqual(len(tables), len(VIEWS) * len(DATASETS) - 1 + 1, "their tables, and the status")
        for view in VIEWS:
            refused = [f"SELECT * FROM leadline_reporting.{table}" for table in tables]
            refused += [f"SELECT * FROM leadline_{other}.people" for other in VIEWS if other != view]
            refused += ["SELECT * FROM ledger.versions", "SELECT * FROM ledger.leadline_ledger"]
            refused += [
                f"DELETE FROM leadline_{view}.people",
                f"UPDATE leadline_{view}.people SET email = null",
                f"INSERT INTO leadline_{view}.people (id) VALUES ('x')",
                f"TRUNCATE leadline_reporting.{view}_people",
                f"CREATE VIEW leadline_{view}.mine AS SELECT 1",
                f"DROP VIEW leadline_{view}.people",
                f"CREATE OR REPLACE VIEW leadline_{view}.people AS SELECT 1",
            ]
            for sql in refused:
                told = psql(sql, user(view), may_fail=True)
                self.assertRegex(told, "permission denied|must be owner", f"{view}: {sql}")

    def test_views_narrowed_by_claims_have_no_door(self):
        schemas = [row[0] for row in psql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'leadline%'")[1:]]
        self.assertEqual(sorted(schemas), sorted(["leadline_reporting", *(f"leadline_{view}" for view in VIEWS)]))
        roles = [row[0] for row in psql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'leadline\\_%'")[1:]]
        self.assertEqual(sorted(roles), sorted(f"leadline_{view}" for view in VIEWS))
        for view in NARROWED:
            self.assertIn("does not exist", psql(f"SELECT 1 FROM leadline_{view}.people", may_fail=True))

    def test_zz_who_is_erased_is_gone_with_a_gateway_and_without_one(self):
        self.settle()
        leads = "SELECT id, email FROM leadline_revops.people WHERE source = 'sales' ORDER BY id"
        (one, one_email), (other, other_email) = psql(leads, user("revops"))[1:3]
        # The demo's own listener, while it runs.
        self.assertGreater(self.demo.erase(one)["records"], 0)
        self.assertEqual(self.tables_that_name(one, one_email), [])
        self.settle()
        self.assertEqual(self.tables_that_name(one, one_email), [])
        for view in VIEWS:
            exported, read = self.both(view, "people")
            self.assertEqual(read, exported)
        self.assertGreater(len(self.tables_that_name(other, other_email)), 10)
        self.demo.stop()
        self.assertIn("erased", self.demo.erase_alone(other))
        self.assertEqual(self.tables_that_name(other, other_email), [])

    def tables_that_name(self, id, email):
        """Tables of the reporting schema in which a person's id or address is found."""
        tables = psql("SELECT tablename FROM pg_tables WHERE schemaname = 'leadline_reporting' ORDER BY 1")[1:]
        names = f"t::text LIKE '%{id}%' OR t::text ILIKE '%{email}%'"
        count = lambda table: psql(f"SELECT count(*) FROM leadline_reporting.{table} t WHERE {names}")[1][0]
        return [table for (table,) in tables if count(table) != "0"]


def value(readers, column, cell):
    return None if cell is None else readers[column["type"]](cell)


def wait_until(is_so, patience=90):
    end = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("it did not come about in time")
        time.sleep(0.3)


if __name__ == "__main__":
    unittest.main()
