"""Help, version, catalog."""
import re
import unittest

from support import Case, succeed, vitrine


def command_names():
    """Commands as the overview lists them: two spaces, name, summary."""
    names = []
    for line in succeed("--help").stdout.split("Options of every command")[0].splitlines():
        found = re.match(r"  ([a-z]+(?: [a-z]+)?)  +\S", line)
        if found:
            names.append(found.group(1))
    return names


class Help(Case):
    def test_overview_lists_the_main_commands(self):
        names = command_names()
        for name in ("generate", "data synth", "data build", "tokenizer train", "train pretrain", "model info"):
            self.assertIn(name, names)

    def test_each_command_explains_itself_with_an_example(self):
        for name in command_names():
            text = succeed(*name.split(), "--help").stdout
            self.assertIn("usage: vitrine " + name, text)
            self.assertRegex(text, r"\nExamples?\n  .*vitrine " + name)
            for flag in ("--threads", "--device", "--kernels", "--seed", "--json", "--quiet"):
                self.assertIn(flag, text, name)

    def test_each_option_has_a_meaning(self):
        for name in command_names():
            for line in succeed(*name.split(), "--help").stdout.splitlines():
                if re.match(r"  (    |-., )--", line):
                    self.assertRegex(line, r"--[a-z0-9-]+( \S+)?  +\S", name)

    def test_group_help_lists_its_members_only(self):
        text = succeed("tokenizer", "--help").stdout
        self.assertIn("tokenizer encode", text)
        self.assertNotIn("train pretrain", text)

    def test_version_is_one_line(self):
        self.assertRegex(succeed("--version").stdout, r"^vitrine \d+\.\d+\.\d+\n$")

    def test_help_goes_to_standard_output_alone(self):
        self.assertEqual(succeed("--help").stderr, "")

    def test_full_standard_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            import subprocess
            from support import VITRINE
            done = subprocess.run([VITRINE, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: standard output", done.stderr)

    def test_an_unknown_option_before_the_command_is_wrong_usage(self):
        self.assert_error(vitrine("--hlep"), 2, "--hlep")


if __name__ == "__main__":
    unittest.main()
