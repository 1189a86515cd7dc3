"""The server over TLS: real certificates, real clients, and what speaks no TLS."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import unittest
import urllib.request

from packages import OutOfReach, python_with
from server import Server
from support import Case, scratch, trained_run, vitrine

TALK = """
import sys, openai
client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0,
                       http_client=openai.DefaultHttpxClient(verify=sys.argv[2]))
ask = dict(model=client.models.list().data[0].id, messages=[{"role": "user", "content": "hi"}], max_tokens=12, temperature=0)
whole = client.chat.completions.create(**ask).choices[0].message.content
pieces = [c.choices[0].delta.content or "" for c in client.chat.completions.create(stream=True, **ask)]
assert "".join(pieces) == whole, (pieces, whole)
try:
    openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0).models.list()
    raise SystemExit("a certificate that nobody vouches for was taken")
except openai.APIConnectionError:
    print("whole")
"""


def made_pair(name):
    certificate, key = scratch(name + ".pem"), scratch(name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate, "-keyout", key],
                   check=True, capture_output=True)
    return certificate, key


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl program")
class Tls(Case):
    @classmethod
    def setUpClass(cls):
        cls.certificate, cls.key = made_pair("tls")
        cls.server = Server(trained_run(), "--tls-cert", cls.certificate, "--tls-key", cls.key)
        cls.server.__enter__()
        cls.port = int(cls.server.url.rsplit(":", 1)[1])

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def context(self):
        return ssl.create_default_context(cafile=self.certificate)

    def open(self, path, body=None):
        request = urllib.request.Request(self.server.url + path, body and json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        return urllib.request.urlopen(request, timeout=60, context=self.context())

    def asked_and_closed(self, path):
        """On a connection that is closed at once; urllib keeps its own for a while."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            with self.context().wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path)
                return b"".join(iter(lambda: stream.recv(65536), b"")).decode()

    def chat(self, **settings):
        return dict({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 24, "temperature": 0}, **settings)

    def test_answers_and_streams_whole_over_https(self):
        self.assertTrue(self.server.url.startswith("https://127.0.0.1:"))
        with self.open("/v1/chat/completions", self.chat()) as answer:
            whole = json.load(answer)["choices"][0]["message"]["content"]
        with self.open("/v1/chat/completions", self.chat(stream=True)) as answer:
            events = [line[6:] for line in answer.read().decode().split("\n") if line.startswith("data: ")]
        self.assertEqual(events[-1], "[DONE]")
        pieces = [json.loads(event)["choices"][0]["delta"].get("content") or "" for event in events[:-1]]
        self.assertEqual("".join(pieces), whole)

    def test_large_bodies_pass_both_ways(self):
        body = {"content": "a" * 3_000_000}
        with self.open("/tokenize", body) as answer:
            self.assertGreater(len(json.load(answer)["tokens"]), 100)

    def test_old_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = self.context()
            try:
                context.minimum_version = context.maximum_version = version
            except ValueError:
                continue
            with self.assertRaises((ssl.SSLError, OSError)):
                with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
                    context.wrap_socket(plain, server_hostname="localhost")

    def test_what_is_no_tls_is_let_go_and_does_no_harm(self):
        for bytes_sent in (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0" * 5000, b"\x16\x03\x01", b""):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
                plain.sendall(bytes_sent)
                plain.shutdown(socket.SHUT_WR)
                received = b""
                try:
                    while piece := plain.recv(4096):
                        received += piece
                except OSError:
                    pass
                self.assertNotIn(b"HTTP/1.1 200", received)
        with self.open("/health") as answer:
            self.assertEqual(json.load(answer)["status"], "ok")

    def test_client_that_ends_its_sending_gets_its_answer(self):
        body = json.dumps(self.chat()).encode()
        with self.open("/v1/chat/completions", self.chat()) as answer:
            text = json.load(answer)["choices"][0]["message"]["content"]
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            def send_out():
                if outgoing.pending:
                    plain.sendall(outgoing.read())

            def talk(step):
                while True:
                    try:
                        done = step()
                        send_out()
                        return done
                    except ssl.SSLWantReadError:
                        send_out()
                        received = plain.recv(65536)
                        incoming.write(received) if received else incoming.write_eof()
            talk(tls.do_handshake)
            talk(lambda: tls.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" %
                                   len(body) + body))
            plain.shutdown(socket.SHUT_WR)
            received = b""
            while b'"usage"' not in received:
                piece = talk(lambda: tls.read(65536))
                self.assertTrue(piece, received)
                received += piece
        head, _, answered = received.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 OK"), head)
        self.assertIn(json.dumps(text).encode(), answered)

    def test_clients_that_leave_in_the_middle_of_a_stream_free_their_place(self):
        body = json.dumps(self.chat(stream=True, max_tokens=200, ignore_eos=True)).encode()
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
                with self.context().wrap_socket(plain, server_hostname="localhost") as stream:
                    stream.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" %
                                   len(body) + body)
                    stream.recv(100)
        for _ in range(200):
            lines = self.asked_and_closed(b"/metrics").splitlines()
            # Far fewer than were opened here: no connection outlives its client.
            counts = [line for line in lines if line.startswith(("vitrine_generations_active ", "vitrine_connections "))]
            if "vitrine_generations_active 0" in counts and "vitrine_connections 1" in counts:
                return
            time.sleep(0.01)
        self.fail("\n".join(counts))

    def test_openai_client_talks_over_https(self):
        try:
            python = python_with("clients-venv", ["openai", "anthropic", "jsonschema"], ["openai", "anthropic", "jsonschema"])
        except OutOfReach as reason:
            self.skipTest(str(reason))
        done = subprocess.run([python, "-c", TALK, self.server.url, self.certificate], capture_output=True, text=True,
                              timeout=300)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "whole"), done.stderr)

    def test_pair_that_does_not_belong_together_is_refused_at_the_start(self):
        other_certificate, other_key = made_pair("tls-other")
        for certificate, key, word in ((self.certificate, other_key, "no key of that certificate"),
                                       (self.key, self.key, "no certificate"),
                                       (scratch("nothing.pem"), self.key, "no certificate"),
                                       (self.certificate, os.path.join(scratch(""), "none.key"), "no key")):
            done = vitrine("serve", "-m", trained_run(), "--port", 0, "--tls-cert", certificate, "--tls-key", key)
            self.assert_error(done, 1, word)
        self.assert_error(vitrine("serve", "-m", trained_run(), "--tls-cert", other_certificate), 2, "--tls-key")


if __name__ == "__main__":
    unittest.main()
