"""npm's openai package against the server, with a real model where it can be had."""
import os
import shutil
import unittest

from packages import OutOfReach, openai_of_npm, smollm2_file
from server import ScriptOfClaims

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients_npm_script.mjs")


class OfficialNpmClient(ScriptOfClaims):
    """Each claim runs in one script, which lies beside the package while it runs."""

    @classmethod
    def setUpClass(cls):
        try:
            folder = openai_of_npm()
            model = smollm2_file()
        except OutOfReach as reason:
            raise unittest.SkipTest(str(reason))
        script = shutil.copy(SCRIPT, folder)
        cls.run_script(model, "node", script)

    def test_chat_is_the_same_streamed_and_not(self):
        self.claim("chat_streamed")

    def test_its_helper_follows_our_streams(self):
        self.claim("helper_of_streams")

    def test_required_tools_are_called_streamed_and_not(self):
        self.claim("tools")

    def test_schemas_are_kept_to_and_parsed(self):
        self.claim("schema_is_parsed")

    def test_responses_are_stored_continued_and_deleted(self):
        self.claim("responses")

    def test_its_helper_follows_streamed_responses(self):
        self.claim("responses_streamed")

    def test_responses_call_tools(self):
        self.claim("responses_tools")

    def test_embeddings_come_as_it_asks_for_them(self):
        self.claim("embeddings")

    def test_errors_are_its_own(self):
        self.claim("errors")

    def test_leaving_ends_the_answer(self):
        self.claim("leaving_ends_the_answer")


if __name__ == "__main__":
    unittest.main()
