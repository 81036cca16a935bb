"""Starts a demo over a ledger in PostgreSQL, and asks it and psql."""

import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).parents[3]
BINARY = os.environ.get("LEADLINE") or str(ROOT / "target" / "debug" / "leadline")
SERVER = os.environ["LEADLINE_TEST_POSTGRES"]
# What tokens are signed with, so that `leadline token` can make some.
SECRET = "a secret of thirty-two bytes or more"
# What the demo fills in and other commands need not know: vendors that are nowhere.
FILLED = {name: "x" for name in ["SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET", "HUBSPOT_TOKEN"]}
FILLED |= {name: "http://127.0.0.1:9" for name in ["SALESFORCE_URL", "HUBSPOT_URL"]} | {"ADMIN": "127.0.0.1:9"}
# What psql writes for null, so that it is told from an empty text.
NULL = "<null>"


class Demo:
    """The gateway and its vendors; the ledger is in a schema of its own, the reporting schema is looked after all the time."""

    def __init__(self, world):
        folder = ROOT / "tests" / "worlds" / world
        own = (folder / "settings.toml").read_text()
        before, section, after = own.partition("[ledger]")
        assert section, "the world says where its ledger is"
        psql("CREATE SCHEMA ledger")
        url = f"{SERVER}?options[search_path]=ledger"
        capture = after[after.index("[capture]") :]
        self._folder = tempfile.TemporaryDirectory()
        self.settings = pathlib.Path(self._folder.name) / "settings.toml"
        reporting = '[reporting]\nevery = "1s"\n'
        self.settings.write_text(f'{before}[ledger]\nurl = "{url}"\n\n{capture}\n{reporting}'.replace("${DEMO_SECRET}", SECRET))
        self._log = open(pathlib.Path(self._folder.name) / "log", "w+")
        command = [BINARY, "demo", "--world", str(folder), "--config", str(self.settings), "--port", "0", "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the demo ended with {self._process.wait()}: {self.log()}")
        said = json.loads(line)
        self._address = said["graphql"].removesuffix("/graphql")
        self.admin, self._tokens = said["admin"], {}

    def log(self):
        self._log.seek(0)
        return self._log.read()

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process.stdout.close()

    def clean(self):
        self.stop()
        self._log.close()
        self._folder.cleanup()

    def _leadline(self, *arguments):
        """What a command prints, with the demo's settings."""
        command = [BINARY, arguments[0], "--config", str(self.settings), *arguments[1:]]
        done = subprocess.run(command, env={**os.environ, **FILLED}, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def _token(self, view):
        """One that claims nothing more than its view, as a role has no claims."""
        if view not in self._tokens:
            self._tokens[view] = self._leadline("token", "--view", view)
        return self._tokens[view]

    def download(self, file, view):
        """What an export gives; waits until everything is captured. None where the view has no such dataset."""
        headers = {"authorization": f"Bearer {self._token(view)}"}
        request = urllib.request.Request(f"{self._address}/export/{file}", headers=headers)
        patience = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as refused:
                if refused.code == 404:
                    return None
                if refused.code != 503 or time.monotonic() > patience:
                    raise
                time.sleep(0.2)

    def manifest(self, dataset, view):
        said = self.download(f"{dataset}.json", view)
        return said and json.loads(said)

    def erase(self, person):
        """Through the running gateway."""
        body = json.dumps({"person": person}).encode()
        request = urllib.request.Request(f"{self.admin}/erase", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def erase_alone(self, person):
        """By `leadline erase`, when no gateway runs and the vendors are gone with the demo."""
        return self._leadline("erase", person)


def psql(sql, user=None, may_fail=False):
    """The rows psql reads as a user, as texts, None for null. What it complains of when it may fail."""
    server = SERVER if user is None else SERVER.replace("//leadline@", f"//{user}@")
    command = ["psql", "--no-psqlrc", "--quiet", "--csv", "--set", "ON_ERROR_STOP=1", "--pset", f"null={NULL}"]
    environment = {**os.environ, "PGTZ": "UTC"}
    done = subprocess.run([*command, server, "--command", sql], env=environment, capture_output=True, text=True)
    if may_fail:
        return done.stderr
    if done.returncode:
        raise AssertionError(f"{sql}: {done.stderr}")
    return [[None if cell == NULL else cell for cell in row] for row in csv.reader(io.StringIO(done.stdout))]
