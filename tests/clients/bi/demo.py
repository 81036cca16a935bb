"""Starts a demo that captures a world, and downloads from it."""

import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).parents[3]
BINARY = os.environ.get("LEADLINE") or str(ROOT / "target" / "debug" / "leadline")


class Demo:
    def __init__(self, world):
        command = [BINARY, "demo", "--world", str(ROOT / "tests" / "worlds" / world), "--port", "0", "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the demo ended with {self._process.wait()} before it was ready")
        said = json.loads(line)
        self._graphql, self._tokens = said["graphql"], said["tokens"]
        self._address = self._graphql.removesuffix("/graphql")

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._process.stdout.close()

    def download(self, file, view="revops"):
        """The bytes of a file under `/export`; waits until everything is captured."""
        request = urllib.request.Request(
            f"{self._address}/export/{file}", headers={"authorization": f"Bearer {self._tokens[view]}"}
        )
        patience = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.read()
            except urllib.error.HTTPError as refused:
                if refused.code != 503 or time.monotonic() > patience:
                    raise
                time.sleep(0.2)

    def ask(self, query, view="revops"):
        """The data of a question."""
        request = urllib.request.Request(
            self._graphql,
            data=json.dumps({"query": query}).encode(),
            headers={"authorization": f"Bearer {self._tokens[view]}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            said = json.load(answer)
        if "errors" in said:
            raise AssertionError(said["errors"])
        return said["data"]

    def export(self, dataset, format, view="revops"):
        """The files of an export, each with what is told of it."""
        made = self.ask(f"mutation {{ exportCreate(input: {{dataset: {dataset}, format: {format}}}) {{ export {{ id }} }} }}", view)
        query = f"{{ export(id: \"{made['exportCreate']['export']['id']}\") {{ status errorCode parts {{ name rows sha256 url }} }} }}"
        patience = time.monotonic() + 60
        while (export := self.ask(query, view)["export"])["status"] != "COMPLETED":
            if export["status"] not in ["QUEUED", "RUNNING"] or time.monotonic() > patience:
                raise AssertionError(export)
            time.sleep(0.05)
        fetch = lambda part: urllib.request.urlopen(self._address + part["url"]).read()
        return [(part, fetch(part)) for part in export["parts"]]
