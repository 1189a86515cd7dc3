"""The chat as a person has it: keys typed on a terminal, answers and prompts read from it."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
import unittest

from support import (TINY, VITRINE, Case, dataset, default_signals, once, scratch, scratch_folder, set_flags, succeed,
                     trained_run)

WAIT_S = 120
UP, LEFT, CTRL_A, CTRL_C, CTRL_D = "\033[A", "\033[D", "\x01", "\x03", "\x04"


class Terminal:
    """A program with a terminal for all three streams, which it may also be stopped through."""

    def __init__(self, *arguments, env=None):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

        def own_terminal():
            default_signals()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([VITRINE, *map(str, arguments)], stdin=follower, stdout=follower, stderr=follower,
                                        preexec_fn=own_terminal, cwd=scratch_folder(),
                                        env=dict(os.environ, TERM="xterm", NO_COLOR="1", **(env or {})))
        os.close(follower)
        os.set_blocking(self.leader, False)
        self.shown = ""

    def type(self, keys):
        data = keys if isinstance(keys, bytes) else keys.encode()
        while data:
            try:
                data = data[os.write(self.leader, data[:512]):]
            except BlockingIOError:
                self.read()
                time.sleep(0.002)

    def read(self):
        try:
            self.shown += os.read(self.leader, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def wait_for(self, text, after=0):
        """Waits until a text has been shown behind a position; returns the position behind it."""
        end = time.monotonic() + WAIT_S
        while text not in self.shown[after:]:
            if not self.read() or time.monotonic() > end:
                raise AssertionError("waited in vain for %r in %r" % (text, self.shown[after:]))
            time.sleep(0.002)
        return self.shown.index(text, after) + len(text)

    def status(self):
        end = time.monotonic() + WAIT_S
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError("the program did not end: %r" % self.shown[-300:])
            self.read()
            time.sleep(0.002)
        self.read()
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.leader)


def long_context_run():
    """A run with room for an answer that nobody waits for the end of."""
    def make(path):
        settings = TINY + ["context_length=8192", "batch_tokens=8192", "micro_batch_rows=1", "max_steps=1",
                           "warmup_steps=1", "checkpoint_every=1", "evaluate_every=1", "evaluate_rows=1"]
        succeed("train", "pretrain", "--data", dataset(), "--out", path, "--threads", 1, *set_flags(settings))
    return once("long-context-run", make)


class ChatOnATerminal(Case):
    def chat(self, *more, model=None):
        terminal = Terminal("chat", "-m", model or trained_run(), "--temperature", 0, "--max-tokens", 3, *more)
        self.addCleanup(terminal.close)
        terminal.wait_for("you> ")
        return terminal

    def test_ctrl_c_stops_the_answer_and_not_the_program(self):
        # The rule keeps the model from ending its answer early.
        terminal = self.chat("--max-tokens", 8000, "--regex", "([a-z ]{80}){100}", model=long_context_run())
        terminal.type("Go on.\r")
        at = terminal.wait_for("Go on.\n")
        end = time.monotonic() + WAIT_S
        while len(terminal.shown) < at + 20:  # the answer has begun
            self.assertTrue(terminal.read() and time.monotonic() < end)
            time.sleep(0.002)
        terminal.type(CTRL_C)
        at = terminal.wait_for("[stopped]")
        at = terminal.wait_for("you> ", at)
        self.assertIsNone(terminal.process.poll())
        terminal.type("/set temperature 0.25\r")  # it still listens
        terminal.wait_for("[temperature 0.25]", at)
        terminal.type(CTRL_D)
        self.assertEqual(terminal.status(), 0)

    def test_an_unknown_command_is_called_so(self):
        terminal = self.chat()
        terminal.type("/rset\r")
        terminal.wait_for("[unknown command '/rset': did you mean /reset?]")
        before = len(terminal.shown)
        terminal.type("/help\r")
        at = terminal.wait_for("begins anew", before)
        self.assertNotIn("unknown command", terminal.shown[before:at])

    def test_bytes_that_are_no_text_do_not_swallow_the_enter_behind_them(self):
        terminal = self.chat()
        for keys in (b"\xff\xfe\r", b"a\xe2\x82\r", b"\xf0\x9f\r"):
            before = len(terminal.shown)
            terminal.type(keys)
            terminal.wait_for("you> ", before + 10)
        terminal.type(CTRL_D)
        self.assertEqual(terminal.status(), 0)

    def test_ctrl_c_on_an_empty_line_asks_first_and_then_leaves(self):
        terminal = self.chat()
        terminal.type(CTRL_C)
        at = terminal.wait_for("Ctrl-C again")
        terminal.wait_for("you> ", at)
        terminal.type(CTRL_C)
        self.assertEqual(terminal.status(), 130)

    def test_ctrl_c_takes_back_a_typed_line_as_often_as_it_is_pressed(self):
        terminal = self.chat()
        at = 0
        for text in ("half a line", "another", "a third"):
            terminal.type(text)
            at = terminal.wait_for(text, at)
            terminal.type(CTRL_C)
            at = terminal.wait_for("you> ", at)
        self.assertNotIn("Ctrl-C again", terminal.shown)
        terminal.type("/set temperature\r")
        terminal.wait_for("[temperature 0;", at)
        terminal.type(CTRL_D)
        self.assertEqual(terminal.status(), 0)

    def setting_of(self, keys, expected):
        """Types a command in some roundabout way; the answer shows what arrived."""
        terminal = self.chat()
        terminal.type(keys)
        terminal.wait_for(expected)
        terminal.type(CTRL_D)
        self.assertEqual(terminal.status(), 0)
        return terminal

    def test_arrow_keys_move_in_the_line(self):
        self.setting_of("/set temperature 0.5" + 2 * LEFT + "1\r", "[temperature 1.5]")
        self.setting_of("set temperature 0.75" + CTRL_A + "/\r", "[temperature 0.75]")

    def test_the_arrow_up_brings_back_what_was_typed(self):
        terminal = self.chat()
        terminal.type("/set temperature 0.5\r")
        at = terminal.wait_for("you> ", terminal.wait_for("[temperature 0.5]"))
        terminal.type(UP + "5\r")
        terminal.wait_for("[temperature 0.55]", at)

    def test_a_paste_of_several_lines_is_one_message(self):
        terminal = self.chat()
        terminal.type("\033[200~/set temperature\r0.5\nthe end\033[201~")
        at = terminal.wait_for("the end")
        self.assertNotIn("error", terminal.shown)
        terminal.type("\r")
        terminal.wait_for("unknown key", at)  # of a name that goes to the first space: `temperature` and two lines
        self.assertEqual(terminal.shown.count("error:"), 1)
        self.assertNotIn("[temperature", terminal.shown)

    def test_a_long_paste_arrives_whole(self):
        terminal = self.chat()
        terminal.type("\033[200~/set temperature " + "0" * 6000 + ".25\033[201~\r")
        terminal.wait_for("[temperature 0.25]")

    def test_letters_beyond_ascii_are_one_key_each(self):
        terminal = self.chat()
        terminal.type("/set h\u00e9llo\u4e2d\U0001F642\x7f\r")
        terminal.wait_for("got 'h\u00e9llo\u4e2d'")

    def test_closing_the_terminal_ends_the_program(self):
        terminal = self.chat()
        os.kill(terminal.process.pid, signal.SIGHUP)
        self.assertEqual(terminal.status(), 130)


class TrainingOnATerminal(Case):
    def test_the_live_line_fits_80_columns_with_the_time_left(self):
        run = scratch("live")
        terminal = Terminal("train", "pretrain", "--data", dataset(), "--out", run, "--threads", 1,
                            *set_flags(TINY + ["max_steps=5000", "checkpoint_every=5000", "evaluate_every=5000"]))
        self.addCleanup(terminal.close)
        terminal.wait_for(" left")
        terminal.wait_for("peak", terminal.wait_for(" left"))
        lines = [line for line in re.split("[\r\n]", terminal.shown) if line.startswith("step ") and " left" in line]
        self.assertTrue(lines)
        for line in lines[:-1]:
            self.assertLess(len(line.replace("\033[K", "")), 80)
            self.assertRegex(line, "peak")
        os.kill(terminal.process.pid, signal.SIGHUP)
        self.assertEqual(terminal.status(), 130)


if __name__ == "__main__":
    unittest.main()
