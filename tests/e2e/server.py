"""Starts `vitrine serve` on a free port. Standard library only."""
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import urllib.request

from support import VITRINE, Case, scratch_folder


class Server:
    """A running server; ends with the `with` block."""

    def __init__(self, model, *options, cwd=None, env=None):
        self.command = [VITRINE, "serve", *(["-m", str(model)] if model else []), "--port", "0", "--store",
                        tempfile.mktemp(suffix=".db", dir=scratch_folder()), *map(str, options)]
        self.cwd, self.env = cwd or scratch_folder(), dict(os.environ, **(env or {}))

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True, cwd=self.cwd, env=self.env)
        before, line = "", self.process.stderr.readline()
        while line and "http" not in line:  # notes before it listens
            before, line = before + line, self.process.stderr.readline()
        found = re.search(r"https?://\S+", line)
        if not found:
            raise AssertionError("the server did not start: " + before + line + self.process.stderr.read())
        self.url = found.group(0)
        self.log = []
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def metrics(self):
        """What /metrics says, by name; labels are a part of it."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}

    def wait(self):
        return self.process.wait(timeout=60)

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return urllib.request.urlopen(request, timeout=60)

    def begin_stream(self, text, **settings):
        return self.post("/v1/chat/completions",
                         dict(settings, stream=True, messages=[{"role": "user", "content": text}]))


class ScriptOfClaims(Case):
    """Cases whose claims one script tries against a running server; its last line maps each to its problem, or null."""

    @classmethod
    def run_script(cls, model, *command):
        with Server(model) as server:
            done = subprocess.run([*map(str, command), server.url], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.problems = json.loads(done.stdout.splitlines()[-1])

    def claim(self, name):
        self.assertIn(name, self.problems)
        self.assertIsNone(self.problems[name], self.problems[name])
