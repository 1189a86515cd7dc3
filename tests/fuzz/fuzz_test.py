"""Every fuzz target replays its corpus and then stands new inputs for a while, under address and undefined-behaviour
sanitizers. VITRINE_FUZZ_SECONDS says how long each (10 when not set); without clang the cases are skipped.

An input that breaks a target is kept in build/fuzz/artifacts. Mend the fault, and add the input to the target's corpus as
regression-NAME."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, "build", "fuzz")
CORPUS = os.path.join(HERE, "corpus")
SECONDS = int(os.environ.get("VITRINE_FUZZ_SECONDS", "10"))
# A single input may take this long; the sanitizers slow a program down several times.
INPUT_TIMEOUT_S, MEMORY_MB, ALLOCATION_MB = 25, 2000, 512

with open(os.path.join(HERE, "CMakeLists.txt"), encoding="utf-8") as listing:
    TARGETS = re.findall(r"^vitrine_fuzz\((\w+)", listing.read(), re.MULTILINE)


def program(target):
    return os.path.join(BUILD, "tests", "fuzz", "fuzz_" + target)


def run(target, *flags):
    """Runs a target over its corpus; new inputs go to a folder that is thrown away."""
    artifacts = os.path.join(BUILD, "artifacts", "")
    os.makedirs(artifacts, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vitrine-fuzz-") as found:
        command = [program(target), "-timeout=%d" % INPUT_TIMEOUT_S, "-rss_limit_mb=%d" % MEMORY_MB,
                   "-malloc_limit_mb=%d" % ALLOCATION_MB, "-artifact_prefix=%s%s-" % (artifacts, target), *flags, found,
                   os.path.join(CORPUS, target)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1"),
                              timeout=SECONDS + 10 * INPUT_TIMEOUT_S)


class FuzzCatalog(unittest.TestCase):
    def test_targets_and_corpora_belong_together(self):
        self.assertEqual(sorted(TARGETS), sorted(os.listdir(CORPUS)))
        self.assertEqual(TARGETS, sorted(TARGETS))
        for target in TARGETS:
            self.assertTrue(os.path.exists(os.path.join(HERE, target + "_fuzz.cc")))
            names = os.listdir(os.path.join(CORPUS, target))
            self.assertGreater(len(names), 0, target)
            for name in names:
                self.assertLess(os.path.getsize(os.path.join(CORPUS, target, name)), 64 * 1024, name)


class Fuzz(unittest.TestCase):
    """Two cases a target, added below. The timed runs are started at once, one for each processor at a time."""

    @classmethod
    def setUpClass(cls):
        chosen = " ".join(sys.argv[2:])  # the cases that tests/run_tests.py asks for
        cls.pool = concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
        cls.runs = {target: cls.pool.submit(run, target, "-max_total_time=%d" % SECONDS) for target in TARGETS
                    if os.path.exists(program(target)) and (not chosen or "test_%s_on_new_inputs" % target in chosen)}

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown(cancel_futures=True)

    def expect_no_fault(self, done):
        self.assertEqual(done.returncode, 0, done.stdout.decode(errors="replace")[-6000:])

    def replay(self, target):
        if not os.path.exists(program(target)):
            self.skipTest("no clang to build it with")
        done = run(target, "-runs=0")
        self.expect_no_fault(done)
        loaded = re.search(rb"seed corpus: files: (\d+)", done.stdout)
        self.assertEqual(int(loaded.group(1)), len(os.listdir(os.path.join(CORPUS, target))))

    def stand(self, target):
        if not os.path.exists(program(target)):
            self.skipTest("no clang to build it with")
        done = self.runs[target].result()
        self.expect_no_fault(done)
        tried = re.search(rb"Done (\d+) runs", done.stdout)
        self.assertGreater(int(tried.group(1)), len(os.listdir(os.path.join(CORPUS, target))))


for each in TARGETS:
    setattr(Fuzz, "test_%s_on_its_corpus" % each, lambda self, target=each: self.replay(target))
    setattr(Fuzz, "test_%s_on_new_inputs" % each, lambda self, target=each: self.stand(target))

if __name__ == "__main__":
    unittest.main()
