"""The server as a program: signals, options, and what it keeps to itself."""
import json
import os
import signal
import unittest
import urllib.error
import urllib.request

from server import Server
from support import Case, scratch, trained_run, vitrine

KEY = "the-key-of-this-test"


def key_file():
    path = scratch("keys.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# of the test\n%s\nanother-key-of-it\n" % KEY)
    return path


class ServerSignals(Case):
    def test_termination_ends_streams_whole_and_takes_nothing_new(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Server(trained_run()) as server:
                answers = [server.begin_stream("Tell me of the world.", max_tokens=150, ignore_eos=True, seed=i)
                           for i in range(4)]
                for answer in answers:
                    answer.read(1)
                server.interrupt(number)
                for answer in answers:
                    self.assertTrue(answer.read().rstrip().endswith(b"data: [DONE]"))
                self.assertEqual(server.wait(), 0)
                with self.assertRaises(OSError):
                    server.post("/v1/chat/completions", {})

    def test_second_signal_ends_at_once(self):
        with Server(trained_run(), "--max-parallel", 1) as server:
            # So many wait that they are not over before the second signal.
            answers = [server.begin_stream("Tell me.", max_tokens=200, ignore_eos=True, seed=i) for i in range(40)]
            server.interrupt()
            server.interrupt()
            self.assertIn(server.wait(), (0, 130))
            del answers


class ServerSecrets(Case):
    def test_keys_and_texts_are_in_no_log_and_no_metric(self):
        with Server(trained_run(), "--api-key-file", key_file(), "--log-requests") as server:
            def call(path, key, body=None):
                request = urllib.request.Request(
                    server.url + path, body and json.dumps(body).encode(),
                    {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:
                        return answer.status, answer.read().decode()
                except urllib.error.HTTPError as error:
                    return error.code, error.read().decode()
            secret = {"messages": [{"role": "user", "content": "my password is hunter22"}], "max_tokens": 4}
            self.assertEqual(call("/v1/chat/completions", KEY, secret)[0], 200)
            status, wrong = call("/v1/models", "wrong-key-12345")
            self.assertEqual(status, 401)
            self.assertNotIn("wrong-key", wrong)
            metrics = call("/metrics", KEY)[1]
            server.interrupt()
            server.wait()
            log = "".join(server.log)
        self.assertIn("/v1/chat/completions 200", log)
        for text in (KEY, "wrong-key", "hunter22"):
            self.assertNotIn(text, log)
            self.assertNotIn(text, metrics)

    def test_no_path_leads_to_a_file(self):
        with Server(trained_run()) as server:
            for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../etc/passwd", "//etc/passwd",
                         "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/..%5c..%5cetc/passwd", "/.%00/etc/passwd",
                         "/v1/models/..%2f..%2fetc%2fpasswd", "/v1/responses/%2e%2e%2fstore.db",
                         "/api/conversations/..%2f..%2fetc%2fpasswd", "/file:///etc/passwd"):
                try:
                    with urllib.request.urlopen(server.url + path, timeout=60) as answer:
                        status, text = answer.status, answer.read().decode(errors="replace")
                except urllib.error.HTTPError as error:
                    status, text = error.code, error.read().decode(errors="replace")
                self.assertNotIn("root:", text, path)
                self.assertIn(status, (400, 404), path)


class ServerOptions(Case):
    def test_other_addresses_need_a_key(self):
        self.assert_error(vitrine("serve", "-m", trained_run(), "--host", "0.0.0.0", "--port", 0), 1, "key")

    def test_taken_port_is_said(self):
        with Server(trained_run()) as server:
            port = server.url.rsplit(":", 1)[1]
            self.assert_error(vitrine("serve", "-m", trained_run(), "--port", port, "--store", scratch("p.db")), 1, port)

    def test_model_that_is_not_there_or_damaged_is_said(self):
        self.assert_error(vitrine("serve", "-m", scratch("nowhere"), "--port", 0), 1, "nowhere")
        damaged = scratch("damaged.gguf")
        with open(damaged, "wb") as file:
            file.write(b"GGUF" + os.urandom(500))
        self.assert_error(vitrine("serve", "-m", damaged, "--port", 0), 1, "damaged.gguf")


if __name__ == "__main__":
    unittest.main()
