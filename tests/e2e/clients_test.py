"""The official clients of OpenAI and Anthropic against the server, with a real model where it can be had."""
import os
import unittest

from packages import OutOfReach, python_with, smollm2_file
from server import ScriptOfClaims

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients_script.py")


class OfficialClients(ScriptOfClaims):
    """Each claim runs in one script, in an environment of its own that has the packages."""

    @classmethod
    def setUpClass(cls):
        try:
            python = python_with("clients-venv", ["openai", "anthropic", "jsonschema"], ["openai", "anthropic", "jsonschema"])
            model = smollm2_file()
        except OutOfReach as reason:
            raise unittest.SkipTest(str(reason))
        cls.run_script(model, python, SCRIPT)

    def test_chat_is_the_same_streamed_and_not(self):
        self.claim("chat_streamed")

    def test_seed_repeats_an_answer_under_load(self):
        self.claim("seed_under_load")

    def test_cached_prefix_gives_the_same_answer_and_is_counted(self):
        self.claim("cached_prefix")

    def test_log_probabilities_spell_the_answer(self):
        self.claim("log_probabilities")

    def test_required_and_named_tools_are_called_streamed_and_not(self):
        self.claim("tools")

    def test_schemas_are_kept_to_and_parsed(self):
        self.claim("schemas")

    def test_choices_stops_and_biases(self):
        self.claim("choices_stops_biases")

    def test_usage_comes_last_in_a_stream(self):
        self.claim("stream_usage")

    def test_completions(self):
        self.claim("completions")

    def test_embeddings_are_the_same_as_floats_and_base64(self):
        self.claim("embeddings")

    def test_responses_are_stored_continued_and_deleted(self):
        self.claim("responses")

    def test_responses_stream(self):
        self.claim("responses_streamed")

    def test_errors_are_the_clients_own(self):
        self.claim("errors")

    def test_anthropic_messages_streamed_and_not(self):
        self.claim("anthropic")

    def test_anthropic_tools(self):
        self.claim("anthropic_tools")

    def test_document_describes_every_answer(self):
        self.claim("document")


if __name__ == "__main__":
    unittest.main()
