"""What a model writes does nothing to a terminal but be read; files and pipes get its bytes."""
import json
import os
import pty
import re
import subprocess
import threading
import unittest

from support import TINY, VITRINE, Case, once, scratch, scratch_folder, set_flags, succeed, tokenizer

# A colour, a bell, a carriage return, and a control character of the second kind that clears the screen.
HOSTILE = "\u001b[31mred\u0007\r\u009b2J "


def hostile_run():
    """A run that has learnt to write nothing but that."""
    def make(path):
        text, data = scratch("hostile.jsonl"), scratch("hostile-data")
        with open(text, "w", encoding="utf-8") as file:
            for number in range(100):
                file.write(json.dumps({"text": HOSTILE * 6 + str(number)}) + "\n")
                file.write(json.dumps({"messages": [{"role": "user", "content": "Hi. %d" % number},
                                                    {"role": "assistant", "content": HOSTILE * 4}]}) + "\n")
        succeed("data", "build", text, "--tokenizer", tokenizer(), "--out", data)
        settings = TINY + ["max_steps=150", "checkpoint_every=150", "evaluate_every=150"]
        succeed("train", "pretrain", "--data", data, "--out", path, "--threads", 1, *set_flags(settings))
    return once("hostile-run", make)


def escaped(text):
    """The same text as a terminal gets it."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda found: "\\u%04X" % ord(found.group()), text)


def on_terminal(*arguments):
    """Runs the program with a terminal as standard output; returns what was written to it."""
    leader, follower = pty.openpty()
    pieces = []

    def read():
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # how Linux says that the other end is closed
                return
            if not piece:
                return
            pieces.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run([VITRINE, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=follower,
                          stderr=subprocess.PIPE, env=dict(os.environ, TERM="xterm"), cwd=scratch_folder(), timeout=600)
    os.close(follower)
    reader.join()
    os.close(leader)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return b"".join(pieces).replace(b"\r\n", b"\n").decode("utf-8")


def into_a_pipe(*arguments):
    """What comes out of a pipe, to the byte: text mode would turn carriage returns into line breaks."""
    done = subprocess.run([VITRINE, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, check=True,
                          cwd=scratch_folder(), timeout=600)
    return done.stdout.decode("utf-8")


class ControlCharacters(Case):
    def check(self, *arguments):
        piped = into_a_pipe(*arguments)
        self.assertIn("\u001b[31m", piped)  # else there is nothing to see here
        shown = on_terminal(*arguments)
        self.assertEqual(shown, escaped(piped))
        self.assertIn("\\u001B[31m", shown)
        self.assertEqual(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown), [])

    # No --seed: both calls have the same one.
    def test_generate_escapes_them_on_a_terminal_only(self):
        self.check("generate", "-m", hostile_run(), "--max-tokens", 60, "--temperature", 0)

    def test_chat_escapes_them(self):
        self.check("chat", "-m", hostile_run(), "Hi. 3", "--max-tokens", 60, "--temperature", 0)

    def test_decode_escapes_them(self):
        ids = json.loads(succeed("tokenizer", "encode", "-m", tokenizer(), "-", "--json", stdin=HOSTILE).stdout)["ids"]
        self.check("tokenizer", "decode", "-m", tokenizer(), *ids)

    def test_json_on_a_terminal_stays_json(self):
        arguments = ("generate", "-m", hostile_run(), "--max-tokens", 60, "--temperature", 0, "--json")
        shown = on_terminal(*arguments)
        self.assertEqual(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown), [])
        self.assertEqual(json.loads(shown)["text"], json.loads(into_a_pipe(*arguments))["text"])


if __name__ == "__main__":
    unittest.main()
