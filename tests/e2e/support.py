"""Runs the program and keeps what several tests share. Standard library only."""
import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
VITRINE = os.environ.get("VITRINE", os.path.join(ROOT, "build", "tests", "vitrine"))
TIMEOUT_S = 600

# A model so small that an update takes milliseconds.
TINY = ["width=32", "layers=2", "heads=2", "key_heads=1", "head_width=16", "hidden_width=64", "context_length=256",
        "start=random", "batch_tokens=512", "micro_batch_rows=2", "max_steps=12", "warmup_steps=2",
        "checkpoint_every=3", "evaluate_every=6", "evaluate_rows=4", "sample_every=0", "keep_checkpoints=3"]

_scratch = None


def scratch_folder():
    """A folder for this process, removed at its end."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.mkdtemp(prefix="vitrine-e2e-")
        atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
    return _scratch


def scratch(name):
    return os.path.join(scratch_folder(), name)


def vitrine(*arguments, stdin=None, env=None, cwd=None):
    """Runs the program to its end; returns the finished process with text output."""
    return subprocess.run([VITRINE, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=TIMEOUT_S, env=dict(os.environ, **(env or {})), cwd=cwd or scratch_folder())


def default_signals():
    """As a shell starts programs, also where the tests run under nohup or in the background."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def start(*arguments, env=None):
    """Starts the program and returns at once."""
    return subprocess.Popen([VITRINE, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, **(env or {})), cwd=scratch_folder(), preexec_fn=default_signals)


def succeed(*arguments, **keywords):
    """Runs the program and fails the test unless it ends with status 0."""
    done = vitrine(*arguments, **keywords)
    if done.returncode != 0:
        raise AssertionError("vitrine %s: status %d\n%s" % (" ".join(map(str, arguments)), done.returncode, done.stderr))
    return done


def json_of(*arguments, **keywords):
    return json.loads(succeed(*arguments, "--json", **keywords).stdout)


def set_flags(assignments):
    return [word for assignment in assignments for word in ("--set", assignment)]


_made = {}


def once(name, make):
    """Makes a path of the scratch folder when it is first asked for."""
    if name not in _made:
        path = scratch(name)
        make(path)
        _made[name] = path
    return _made[name]


def world_text():
    return once("world.jsonl", lambda path: succeed("data", "synth", "--level", "small", "--documents", 300,
                                                    "--out", path))


def tokenizer():
    return once("tokenizer.json", lambda path: succeed("tokenizer", "train", world_text(), "--vocab-size", 300,
                                                       "--out", path))


def dataset():
    return once("dataset", lambda path: succeed("data", "build", world_text(), "--tokenizer", tokenizer(), "--out", path,
                                                "--validation-share", 0.05))


def pretrain_arguments(out, *more, settings=()):
    """The tiny run. One thread unless `more` says otherwise: on a busy machine threads wait for one another."""
    return ["train", "pretrain", "--data", dataset(), "--out", out, "--threads", 1, *set_flags(TINY + list(settings)),
            *more]


def trained_run():
    return once("run", lambda path: succeed(*pretrain_arguments(path)))


def copy_of_run(name):
    path = scratch(name)
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(trained_run(), path)
    return path


def checkpoints(run):
    """Names of the finished checkpoints, oldest first."""
    try:
        names = os.listdir(os.path.join(run, "checkpoints"))
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name.startswith("step-"))


def final_weights(run):
    with open(os.path.join(run, "checkpoints", checkpoints(run)[-1], "model.safetensors"), "rb") as file:
        return file.read()


def events(run):
    """Whole lines of a run's event log."""
    try:
        with open(os.path.join(run, "events.jsonl"), encoding="utf-8") as file:
            return [line for line in file if line.endswith("}\n")]
    except FileNotFoundError:
        return []


def wait_until(condition, process, what, seconds=120):
    """Waits for a condition while a process runs. Returns False when the process ended first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        if process.poll() is not None:
            return condition()
        time.sleep(0.002)
    process.kill()
    raise AssertionError("waited in vain for " + what)


class Case(unittest.TestCase):
    maxDiff = None

    def assert_error(self, done, status, *words):
        """The program failed as it should: its status, one error line, at most one hint line, and nothing else."""
        lines = done.stderr.splitlines()
        at = [i for i, line in enumerate(lines) if line.startswith("error: ")]
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(len(at), 1, done.stderr)
        for line in lines[at[0] + 1:]:
            self.assertTrue(line.startswith("hint: "), done.stderr)
        self.assertLessEqual(len(lines) - at[0], 2, done.stderr)
        for word in words:
            self.assertIn(word, "\n".join(lines[at[0]:]))
