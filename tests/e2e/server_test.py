"""The server as a program: signals, options, and what it keeps to itself."""
import json
import os
import shutil
import signal
import socket
import sqlite3
import time
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


class EndedInput(Case):
    """Clients that say that they will send no more, as `nc -N` does, and wait."""

    def ask(self, server, version, **settings):
        body = json.dumps(dict({"messages": [{"role": "user", "content": "Tell me of the world."}], "max_tokens": 40,
                                "temperature": 0}, **settings)).encode()
        head = "POST /v1/chat/completions HTTP/%s\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (version, len(body))
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=60) as client:
            client.sendall(head.encode() + body)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b"")).decode()

    def test_answers_come_whole_and_streamed_as_they_do_to_others(self):
        with Server(trained_run()) as server:
            with server.post("/v1/chat/completions", {"messages": [{"role": "user", "content": "Tell me of the world."}],
                                                      "max_tokens": 40, "temperature": 0}) as answer:
                text = json.load(answer)["choices"][0]["message"]["content"]
            for version in ("1.1", "1.0"):
                whole = self.ask(server, version)
                self.assertTrue(whole.startswith("HTTP/1.1 200 OK\r\n"), whole)
                self.assertEqual(json.loads(whole.split("\r\n\r\n")[1])["choices"][0]["message"]["content"], text)
                stream = self.ask(server, version, stream=True)
                events = [line[6:] for line in stream.splitlines() if line.startswith("data: {")]
                pieces = [choice["delta"].get("content") or "" for event in events for choice in json.loads(event)["choices"]]
                self.assertEqual("".join(pieces), text)
                self.assertIn("data: [DONE]", stream)
            self.assertEqual(server.metrics()["vitrine_generations_cancelled_total"], 0)


class ServerDeath(Case):
    def test_what_answers_had_said_outlives_a_kill(self):
        with Server(trained_run(), "--max-parallel", 1) as server:
            store = server.command[server.command.index("--store") + 1]
            running = {}
            for _ in range(50):
                for _ in range(8):
                    self.begin_answer(server, {"max_tokens": 180, "temperature": 0.8})
                server.interrupt(signal.SIGSTOP)
                os.waitpid(server.process.pid, os.WUNTRACED)
                running = self.running_with_text(store)
                if running:
                    break
                server.interrupt(signal.SIGCONT)
            self.assertTrue(running, "no answer was stored while it was written")
            server.process.kill()
            server.process.wait()
            with server:
                kept = {name: self.message(server, name) for name in running}
        for name, words in running.items():
            # More than was seen where it died between writing to the log and telling readers of it.
            self.assertIn(kept[name]["state"], ("failed", "done"))
            self.assertTrue(kept[name]["parts"][0]["text"].startswith(words), kept[name])

    def test_answers_are_stored_twice_a_second_while_they_are_written(self):
        with Server(trained_run()) as server:
            store = server.command[server.command.index("--store") + 1]
            self.log_drafts(store)
            most = 0
            for _ in range(12):
                for _ in range(12):  # at once, so that each takes longer
                    self.begin_answer(server, {"max_tokens": 180, "temperature": 0.8})
                for _ in range(3):  # half a second, of which they are written for some milliseconds
                    time.sleep(0.005)
                    server.interrupt(signal.SIGSTOP)
                    most = max(most, self.most_drafts(store))
                    time.sleep(0.45)
                    server.interrupt(signal.SIGCONT)
                if most >= 2:
                    break
            self.assertGreaterEqual(most, 2)

    @staticmethod
    def log_drafts(store):
        """Has the database count how often each answer was stored while it was written."""
        database = sqlite3.connect(store, timeout=30)
        database.executescript("CREATE TABLE saves (id TEXT); CREATE TRIGGER log_drafts AFTER INSERT ON drafts BEGIN "
                               "INSERT INTO saves VALUES (NEW.message_id); END;")
        database.close()

    @staticmethod
    def most_drafts(store):
        database = sqlite3.connect(store, timeout=30)
        try:
            return max([row[0] for row in database.execute("SELECT COUNT(*) FROM saves GROUP BY id")], default=0)
        finally:
            database.close()

    def test_answers_are_stored_with_all_settings_they_were_drawn_with(self):
        with Server(trained_run(), "--temperature", 0.3, "--seed", 5) as server:
            name = self.begin_answer(server, {"top_k": 5, "max_tokens": 4, "stop": "zz"})
            settings = self.message(server, name)["settings"]
        wanted = {"temperature": 0.3, "top_k": 5, "top_p": 0.95, "max_tokens": 4, "stop": "zz", "reasoning": "auto"}
        self.assertEqual({key: settings.get(key) for key in wanted}, wanted)
        self.assertLess({"samplers", "min_p", "tools"}, set(settings))

    @staticmethod
    def begin_answer(server, settings):
        at = "/api/conversations/" + json.load(server.post("/api/conversations", {}))["id"]
        question = {"parent_id": None, "role": "user", "parts": [{"type": "text", "text": "Tell me of the world."}]}
        asked = json.load(server.post(at + "/messages", question))["id"]
        return json.load(server.post(at + "/answers", {"parent_id": asked, "settings": settings}))["messages"][0]["id"]

    @staticmethod
    def message(server, name):
        with urllib.request.urlopen(server.url + "/api/answers/%s/events" % name, timeout=60) as answer:
            return json.loads(answer.read().split(b"data: ")[-1])["message"]

    @staticmethod
    def running_with_text(store):
        """Ids of answers that are stored as being written, and their words so far."""
        database = sqlite3.connect(store)
        try:
            words = {}
            for name, text in database.execute("SELECT d.message_id, t.body FROM drafts d JOIN texts t ON t.id = d.text_id "
                                               "ORDER BY d.message_id, d.number"):
                words[name] = words.get(name, "") + text
            return words
        finally:
            database.close()


class ModelsAtHand(Case):
    def test_only_fetched_model_is_taken_and_said_and_of_several_each_is_named(self):
        home, place = scratch("one-home"), scratch("empty-place")
        os.makedirs(os.path.join(home, "models", "small"))
        os.makedirs(place)
        first = os.path.join(home, "models", "small", "small.gguf")
        self.assertEqual(vitrine("model", "convert", "-m", trained_run(), "--out", first).returncode, 0)
        environment = {"VITRINE_HOME": home}
        done = vitrine("chat", "hello", "--max-tokens", 4, env=environment, cwd=place)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("model: small, the only one that is fetched", done.stderr)
        self.assertNotIn("only one", vitrine("chat", "-m", "small", "hello", env=environment, cwd=place).stderr)
        with Server(None, cwd=place, env=environment) as server:
            with urllib.request.urlopen(server.url + "/v1/models", timeout=60) as answer:
                self.assertEqual([each["id"] for each in json.load(answer)["data"]], ["small"])
        shutil.copytree(os.path.dirname(first), os.path.join(home, "models", "other"))
        for command in ("serve", "up", "chat"):
            done = vitrine(command, env=environment, cwd=place)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("2 models are fetched", done.stderr)
            for name in ("small", "other"):
                self.assertIn("`vitrine %s -m %s`" % (command, name), done.stderr)
        shutil.rmtree(os.path.join(home, "models"))
        self.assertIn("vitrine model pull", vitrine("serve", env=environment, cwd=place).stderr)


    def test_fetched_name_is_taken_for_a_draft_model_too(self):
        environment = {"VITRINE_HOME": scratch("draft-home")}
        os.makedirs(os.path.join(scratch("draft-home"), "models", "tiny"))
        file = os.path.join(scratch("draft-home"), "models", "tiny", "tiny.gguf")
        self.assertEqual(vitrine("model", "convert", "-m", trained_run(), "--out", file).returncode, 0)
        ask = lambda draft: vitrine("generate", "-m", "tiny", "--temperature", 0, "--max-tokens", 12, "--speculate", "draft",
                                    "--draft-model", draft, "Once", env=environment)
        by_name, by_path = ask("tiny"), ask(file)
        self.assertEqual(by_name.returncode, 0, by_name.stderr)
        self.assertEqual(by_name.stdout, by_path.stdout)
        self.assert_error(ask("smollm2"), 1, "model pull smollm2")


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

    def test_second_server_on_a_store_says_so_and_a_killed_one_leaves_it_free(self):
        with Server(trained_run()) as server:
            store = server.command[server.command.index("--store") + 1]
            second = vitrine("serve", "-m", trained_run(), "--port", 0, "--store", store)
            self.assert_error(second, 1, "another server", "--store")
            os.symlink(os.path.abspath(store), scratch("link.db"))
            linked = vitrine("serve", "-m", trained_run(), "--port", 0, "--store", scratch("link.db"))
            self.assert_error(linked, 1, "another server", "--store")
            server.process.kill()
            server.process.wait()
            with server:
                self.assertEqual(server.metrics()["vitrine_connections_refused_total"], 0)

    def test_model_that_is_not_there_or_damaged_is_said(self):
        self.assert_error(vitrine("serve", "-m", scratch("nowhere"), "--port", 0), 1, "nowhere")
        damaged = scratch("damaged.gguf")
        with open(damaged, "wb") as file:
            file.write(b"GGUF" + os.urandom(500))
        self.assert_error(vitrine("serve", "-m", damaged, "--port", 0), 1, "damaged.gguf")


if __name__ == "__main__":
    unittest.main()
