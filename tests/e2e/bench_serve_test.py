"""bench serve: its chats are whole, and it can time a server that runs elsewhere."""
import unittest

from server import Server
from support import Case, json_of, trained_run, vitrine


class BenchServe(Case):
    def test_own_server_writes_every_token_and_is_held_against_the_engine(self):
        rows = json_of("bench", "serve", "-m", trained_run(), "--chats", "1,3", "--tokens", 12, "--repetitions", 1)["serving"]
        self.assertEqual([(row["chats"], row["tokens"]) for row in rows], [(1, 12), (3, 12)])
        for row in rows:
            self.assertGreater(row["prompt_tokens"], 12)
            self.assertGreater(row["tokens_per_second"], 0)
            self.assertAlmostEqual(row["share"], row["tokens_per_second"] / row["engine_tokens_per_second"], delta=0.01)
            self.assertLessEqual(row["first_token_p50_ms"], row["first_token_p99_ms"])

    def test_server_that_runs_already_is_timed_by_its_address(self):
        with Server(trained_run()) as server:
            report = json_of("bench", "serve", "--address", server.url, "--chats", 2, "--tokens", 8, "--repetitions", 1)
            metrics = server.metrics()
        self.assertEqual(report["serving"][0]["share"], "not available")
        self.assertEqual(metrics["vitrine_completion_tokens_total"], 2 * 8 * 2)  # a round to warm up, and one that counts

    def test_server_that_is_not_there_is_said(self):
        self.assert_error(vitrine("bench", "serve", "--address", "http://127.0.0.1:1", "--chats", 1), 1, "127.0.0.1:1")
        self.assert_error(vitrine("bench", "serve", "--address", "example.org"), 1, "example.org")
        self.assert_error(vitrine("bench", "serve", "--chats", "0"), 2, "--chats")


if __name__ == "__main__":
    unittest.main()
