"""What is downloaded is read alike in every format, typed, and gives the numbers the gateway gives."""

import hashlib
import json
import pathlib
import tempfile
import unittest
from decimal import Decimal

import duckdb
import pandas
import pyarrow
import pyarrow.parquet

from demo import Demo

DATASETS = [
    "lead_history",
    "people",
    "accounts",
    "opportunities",
    "opportunity_stages",
    "touchpoints",
    "attribution",
]

# A manifest's type as DuckDB reads it from Parquet, as it is named when text is read, and as pyarrow names it.
TYPES = {
    "text": ("VARCHAR", "VARCHAR", pyarrow.string()),
    "timestamp": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", pyarrow.timestamp("ms", tz="UTC")),
    "date": ("DATE", "DATE", pyarrow.date32()),
    "integer": ("BIGINT", "BIGINT", pyarrow.int64()),
    "decimal": ("DECIMAL(38,6)", "DECIMAL(38,6)", pyarrow.decimal128(38, 6)),
    "boolean": ("BOOLEAN", "BOOLEAN", pyarrow.bool_()),
}

QUARTER = 'period: {start: "2025-01-01", end: "2025-03-31"}'


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo("q1")
        cls.folder = tempfile.TemporaryDirectory()
        cls.manifests = {}
        for dataset in DATASETS:
            cls.manifests[dataset] = json.loads(cls.demo.download(f"{dataset}.json"))
            for ending in ["ndjson", "csv", "parquet"]:
                file = pathlib.Path(cls.folder.name) / f"{dataset}.{ending}"
                file.write_bytes(cls.demo.download(file.name))
        cls.sql = duckdb.connect()
        cls.sql.execute("SET TimeZone = 'UTC'")

    @classmethod
    def tearDownClass(cls):
        cls.sql.close()
        cls.folder.cleanup()
        cls.demo.stop()

    def path(self, dataset, ending):
        return str(pathlib.Path(self.folder.name) / f"{dataset}.{ending}")

    def parquet(self, dataset):
        return f"read_parquet('{self.path(dataset, 'parquet')}')"

    def one(self, query):
        return self.sql.execute(query).fetchone()

    def metric(self, kind, rest=""):
        query = f"{{ metric(input: {{kind: {kind}, {QUARTER}{rest}}}) {{ value numerator denominator }} }}"
        return self.demo.ask(query)["metric"]

    def test_every_format_has_the_same_rows_and_parquet_the_types_of_the_manifest(self):
        for dataset in DATASETS:
            columns = self.manifests[dataset]["columns"]
            told = self.sql.execute(f"DESCRIBE SELECT * FROM {self.parquet(dataset)}").fetchall()
            self.assertEqual([(row[0], row[1]) for row in told], [(it["name"], TYPES[it["type"]][0]) for it in columns])
            types = ", ".join(f"'{it['name']}': '{TYPES[it['type']][1]}'" for it in columns)
            lines = f"read_ndjson('{self.path(dataset, 'ndjson')}', columns = {{{types}}})"
            # What a spreadsheet would take for a formula is quoted in CSV alone.
            plain = ", ".join(
                f"regexp_replace({it['name']}, '^''([=+@-])', '\\1') AS {it['name']}" if it["type"] == "text" else it["name"]
                for it in columns
            )
            sheet = f"(SELECT {plain} FROM read_csv('{self.path(dataset, 'csv')}', header = true, allow_quoted_nulls = false, columns = {{{types}}}))"
            rows = self.one(f"SELECT count(*) FROM {self.parquet(dataset)}")[0]
            self.assertGreater(rows, 0, dataset)
            for other in [lines, sheet]:
                self.assertEqual(self.one(f"SELECT count(*) FROM {other}")[0], rows, dataset)
                for left, right in [(self.parquet(dataset), other), (other, self.parquet(dataset))]:
                    differ = f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}"
                    self.assertEqual(self.sql.execute(differ).fetchall(), [], dataset)

    def test_pyarrow_and_pandas_read_the_same_types_and_rows(self):
        for dataset in DATASETS:
            columns = self.manifests[dataset]["columns"]
            table = pyarrow.parquet.read_table(self.path(dataset, "parquet"))
            self.assertEqual(
                [(field.name, field.type) for field in table.schema], [(it["name"], TYPES[it["type"]][2]) for it in columns]
            )
            must = [it["name"] for it in columns if not it["nullable"]]
            self.assertTrue(all(table.column(name).null_count == 0 for name in must), dataset)
            frame = pandas.read_json(self.path(dataset, "ndjson"), lines=True)
            self.assertEqual(frame.shape, (table.num_rows, len(columns)), dataset)
            self.assertEqual(frame.shape, pandas.read_csv(self.path(dataset, "csv")).shape, dataset)

    def test_funnel_numbers_counted_in_sql_are_the_metrics(self):
        reached = lambda stage: f"""
            SELECT DISTINCT person_id, pass_number FROM {self.parquet('lead_history')}
            WHERE kind = 'STAGE_CHANGE' AND stage_to = '{stage}'"""
        within = "occurred_at >= '2025-01-01' AND occurred_at < '2025-04-01'"
        cohort = f"{reached('MQL')} AND {within}"
        told = self.metric("MQL_TO_SQL")
        became, sql = self.one(f"""
            SELECT count(*), count(*) FILTER (pass_number IN
                (SELECT sql.pass_number FROM ({reached('SQL')}) sql WHERE sql.person_id = mql.person_id))
            FROM ({cohort}) mql""")
        self.assertEqual((Decimal(sql), Decimal(became)), (Decimal(told["numerator"]), Decimal(told["denominator"])))

    def test_opportunity_numbers_counted_in_sql_are_the_metrics(self):
        closed = "close_date BETWEEN '2025-01-01' AND '2025-03-31'"
        won, ended, revenue = self.one(f"""
            SELECT count(*) FILTER (stage_category = 'WON'), count(*) FILTER (stage_category IN ('WON', 'LOST')),
                   sum(amount_amount) FILTER (stage_category = 'WON')
            FROM {self.parquet('opportunities')} WHERE {closed}""")
        rate = self.metric("WIN_RATE")
        self.assertEqual((Decimal(won), Decimal(ended)), (Decimal(rate["numerator"]), Decimal(rate["denominator"])))
        self.assertEqual(revenue, Decimal(self.metric("REVENUE_WON")["value"]))

    def test_the_credits_of_every_model_add_up_to_what_was_won(self):
        worth = self.one(
            f"SELECT sum(amount_amount) FROM {self.parquet('opportunities')} WHERE stage_category = 'WON'"
        )[0]
        sums = self.sql.execute(f"""
            SELECT model, sum(credit_amount) FROM {self.parquet('attribution')}
            WHERE stage_category = 'WON' GROUP BY model""").fetchall()
        self.assertGreaterEqual(len(sums), 12)
        self.assertEqual({total for _, total in sums}, {worth})

    def test_a_view_that_sees_pseudonyms_downloads_pseudonyms(self):
        file = pathlib.Path(self.folder.name) / "bi.parquet"
        file.write_bytes(self.demo.download("people.parquet", view="bi"))
        names, addresses, people = self.one(
            f"SELECT count(display_name), count(*) FILTER (email LIKE 'h\\_%' ESCAPE '\\'), count(*) FROM '{file}'"
        )
        self.assertEqual((names, addresses), (0, people))

    def test_the_parts_of_an_export_have_the_rows_of_a_download(self):
        for dataset in ["lead_history", "people"]:
            parts = self.demo.export(dataset.upper(), "PARQUET")
            self.assertTrue(all(hashlib.sha256(data).hexdigest() == part["sha256"] for part, data in parts))
            files = []
            for part, data in parts:
                file = pathlib.Path(self.folder.name) / f"part-{part['name']}"
                file.write_bytes(data)
                self.assertEqual(self.one(f"SELECT count(*) FROM '{file}'")[0], part["rows"])
                files.append(str(file))
            for left, right in [(self.parquet(dataset), f"read_parquet({files})"), (f"read_parquet({files})", self.parquet(dataset))]:
                self.assertEqual(self.sql.execute(f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}").fetchall(), [])


if __name__ == "__main__":
    unittest.main()
