"""Starts a sandbox over this suite's world and says where it is and who is let in."""

import json
import os
import signal
import subprocess
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Public constants of the sandbox, see src/sandbox/README.md.
TOKEN = "pat-na1-00000000-0000-4000-8000-000000000000"
NARROW_TOKEN = "pat-na1-00000000-0000-4000-8000-000000000001"
CLIENT_ID = "leadline-sandbox-client-id"
CLIENT_SECRET = "leadline-sandbox-client-secret"
REFRESH_TOKEN = "leadline-sandbox-hubspot-refresh-token"


class Sandbox:
    def __init__(self):
        command = os.environ.get("LEADLINE", str(HERE.parents[3] / "target/debug/leadline"))
        world = str(HERE.parent / "world")
        self.process = subprocess.Popen(
            [command, "sandbox", "--json", "--world", world], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start")
        where = json.loads(line)["sandboxes"]["hubspot"]
        self.url, self.admin = where["url"], where["admin"]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        self.process.stdout.close()

    def fault(self, *switches):
        """Makes the next calls go wrong."""
        self._admin("PUT", "/faults", json.dumps(switches).encode())

    def mend(self):
        self._admin("DELETE", "/faults")

    def calls(self):
        return json.loads(self._admin("GET", "/calls"))

    def forget_calls(self):
        self._admin("DELETE", "/calls")

    def _admin(self, method, path, body=None):
        request = urllib.request.Request(self.admin + path, data=body, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()
