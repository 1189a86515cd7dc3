"""The page in a real browser: claims.mjs and its neighbours hold the claims, each becomes a case here. Needs npm and Chromium."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CLAIM = re.compile(r"^claim\('(\w+)'", re.MULTILINE)
FILES = ("claims.mjs", "claims_access.mjs", "claims_network.mjs")
TIMEOUT_S = 1200
BUILD = os.path.join(ROOT, "web", "build_page.sh")


def names():
    for name in FILES:
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            yield from CLAIM.findall(file.read())


def why_not():
    """Makes ready what the browser tests need; says what is missing, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no npm"
    if not os.path.isdir(os.path.join(HERE, "node_modules", "playwright-core")):
        command = ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1"]
        if subprocess.run(command, cwd=HERE, capture_output=True, timeout=300).returncode != 0:
            return "npm's registry is out of reach"
    script = "import('./browser.mjs').then((m) => process.exit(m.chromiumPath() ? 0 : 1))"
    if subprocess.run(["node", "-e", script], cwd=HERE, timeout=60).returncode != 0:
        return "there is no Chromium (apt-get install chromium, or name one in VITRINE_CHROMIUM)"
    out = os.path.join(ROOT, "build", "page_for_tests")
    subprocess.run(["sh", BUILD, out], check=True, capture_output=True, timeout=600)
    return None if os.path.exists(os.path.join(out, "page.stamp")) else "the page cannot be built: see build/page_for_tests/page.log"


class Page(unittest.TestCase):
    results = {}
    missing = None
    log = ""

    @classmethod
    def setUpClass(cls):
        cls.missing = why_not()
        if cls.missing:
            return
        # Only the cases that were asked for are run: run_file.py is given their names.
        chosen = [argument.split(".")[-1][len("test_"):] for argument in sys.argv[2:] if ".test_" in argument]
        done = subprocess.run(["node", "claims.mjs", *chosen], cwd=HERE, capture_output=True, text=True, timeout=TIMEOUT_S)
        cls.log = done.stderr
        for line in done.stdout.splitlines():
            result = json.loads(line)
            cls.results[result["name"]] = result["problem"]

    def check(self, name):
        if self.missing:
            self.skipTest(self.missing)
        self.assertIn(name, self.results, "the claim was not run\n" + self.log)
        if self.results[name]:
            self.fail(self.results[name])


def case(name):
    return lambda self: self.check(name)


for _name in names():
    setattr(Page, "test_" + _name, case(_name))


if __name__ == "__main__":
    unittest.main()
