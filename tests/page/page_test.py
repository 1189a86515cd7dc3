"""The page in a real browser: claims*.mjs hold the claims, each becomes a case here. Needs npm and Chromium."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import support

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CLAIM = re.compile(r"^claim\('(\w+)'", re.MULTILINE)
FILES = ("claims.mjs", "claims_access.mjs", "claims_compare.mjs", "claims_network.mjs", "claims_tabs.mjs", "claims_text.mjs", "claims_use.mjs")
TIMEOUT_S = 1400
# A tiny model that, at temperature 0, says the same word until it is stopped.
TALKER = ["context_length=1024", "batch_tokens=1024", "micro_batch_rows=1", "max_steps=60", "checkpoint_every=1000",
          "evaluate_every=1000"]
BUILD = os.path.join(ROOT, "web", "build_page.sh")


def names(files):
    for name in files:
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


def run_claims(file, chosen, **environment):
    """Runs claims in a browser; gives name -> problem or None, and what went to standard error."""
    done = subprocess.run(["node", file, *chosen], cwd=HERE, capture_output=True, text=True, timeout=TIMEOUT_S,
                          env=dict(os.environ, **environment))
    results = (json.loads(line) for line in done.stdout.splitlines())
    return {result["name"]: result["problem"] for result in results}, done.stderr


def chosen_cases():
    """The claims that run_file.py was asked for; all where it was asked for none."""
    return [argument.split(".test_")[-1] for argument in sys.argv[2:] if ".test_" in argument]


class Claims(unittest.TestCase):
    results = {}
    missing = None
    log = ""

    def check(self, name):
        if self.missing:
            self.skipTest(self.missing)
        self.assertIn(name, self.results, "the claim was not run\n" + self.log)
        if self.results[name]:
            self.fail(self.results[name])


class Page(Claims):
    """Against the mock server of web/dev."""

    @classmethod
    def setUpClass(cls):
        cls.missing = why_not()
        if not cls.missing:
            cls.results, cls.log = run_claims("claims.mjs", chosen_cases())


class PageOfTheProgram(Claims):
    """Served by the program with a tiny trained model."""

    @classmethod
    def setUpClass(cls):
        cls.missing = why_not()
        if cls.missing:
            return
        if support.vitrine("serve", "--help").returncode != 0:
            cls.missing = "this program has no command serve"
            return
        support.succeed(*support.pretrain_arguments(support.scratch("talker"), settings=TALKER))
        cls.results, cls.log = run_claims("claims_program.mjs", chosen_cases(), VITRINE_PROGRAM=support.VITRINE,
                                          VITRINE_RUN=support.scratch("talker"))


def case(name):
    return lambda self: self.check(name)


for _class, _files in ((Page, FILES), (PageOfTheProgram, ("claims_program.mjs",))):
    for _name in names(_files):
        setattr(_class, "test_" + _name, case(_name))
del _class  # a second name of the last class would count its cases twice


if __name__ == "__main__":
    unittest.main()
