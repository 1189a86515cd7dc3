"""The list of the tests needs no build, and leaves out none that a build runs."""
import os
import re
import stat
import subprocess
import tempfile
import unittest

import run_tests

ROOT = os.path.join(os.path.dirname(os.path.abspath(run_tests.__file__)), "..")
BUILD = os.path.dirname(os.environ.get("VITRINE", os.path.join(ROOT, "build", "tests", "vitrine")))


class List(unittest.TestCase):
    def listed(self, filter_text, env=None):
        done = subprocess.run([os.path.join(ROOT, "test"), "--list", filter_text], capture_output=True, text=True,
                              env=dict(os.environ, **(env or {})), check=True)
        return set(done.stdout.split("\n")) - {""}

    def test_nothing_is_installed_or_built_for_it(self):
        with tempfile.TemporaryDirectory() as folder:
            mark = os.path.join(folder, "called")
            for name in ("ninja", "cmake", "apt-get", "dpkg-query", "sudo"):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write("#!/bin/sh\necho called > '%s'\nexit 1\n" % mark)
                os.chmod(path, stat.S_IRWXU)
            names = self.listed("", env={"PATH": folder + os.pathsep + os.environ["PATH"]})
            self.assertFalse(os.path.exists(mark))
        self.assertIn("run_tests_test.py.List.test_nothing_is_installed_or_built_for_it", names)

    def test_every_case_of_a_built_program_is_in_it(self):
        programs = [name for name in os.listdir(BUILD) if name.endswith("_test")] if os.path.isdir(BUILD) else []
        if not programs:
            self.skipTest("nothing is built")
        names = self.listed("")
        for program in programs:
            for case in run_tests.gtest_cases(os.path.join(BUILD, program)):
                parts = case.split("/")  # Instantiation/Suite.Name/value
                plain = parts[0] if re.search(r"\.", parts[0]) else parts[1]
                self.assertIn("%s.%s" % (program, plain), names)


if __name__ == "__main__":
    unittest.main()
