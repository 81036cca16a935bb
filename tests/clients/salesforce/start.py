"""Starts the pretend vendors for a suite written in Python, and ends them with it."""

import json
import os
import pathlib
import signal
import subprocess
import urllib.request

BINARY = os.environ.get("LEADLINE") or str(pathlib.Path(__file__).parents[3] / "target" / "debug" / "leadline")


class Sandbox:
    """A running sandbox: `sandboxes` and `credentials` as `leadline sandbox --json` prints them."""

    def __init__(self, *options):
        self._process = subprocess.Popen([BINARY, "sandbox", "--json", *options], stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox ended with {self._process.wait()} before it was ready")
        said = json.loads(line)
        self.sandboxes = said["sandboxes"]
        self.credentials = said["credentials"]

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._process.stdout.close()

    def faults(self, vendor, *switches):
        """Switches faults on at a vendor; without any, switches all off."""
        request = urllib.request.Request(
            self.sandboxes[vendor]["admin"] + "/faults",
            data=json.dumps(switches).encode(),
            headers={"content-type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request).close()

    def calls(self, vendor):
        """The calls a vendor has counted, by endpoint."""
        with urllib.request.urlopen(self.sandboxes[vendor]["admin"] + "/calls") as answer:
            return json.load(answer)["byEndpoint"]
