"""Training that is killed, interrupted or starved of disk goes on to the same bytes, or says what is wrong."""
import json
import os
import resource
import shutil
import signal
import subprocess
import unittest

from support import (VITRINE, Case, TINY, checkpoints, copy_of_run, dataset, events, final_weights, once,
                     pretrain_arguments, scratch, scratch_folder, set_flags, start, succeed, trained_run, vitrine, wait_until)

# Long enough to be killed in, with checkpoints often. Two passes an update, which two threads run at the same time.
LONG = ["max_steps=60", "checkpoint_every=2", "evaluate_every=20", "decay_share=0.5", "micro_batch_rows=1",
        "parallel_passes=2"]


def uninterrupted(threads):
    return once("long-%d" % threads,
                lambda path: succeed(*pretrain_arguments(path, "--threads", threads, settings=LONG)))


def resume(run, *more):
    return pretrain_arguments(run, "--resume", *more, settings=LONG)


def has_temporary(run):
    """True while a checkpoint is being written."""
    try:
        return any(not name.startswith("step-") for name in os.listdir(os.path.join(run, "checkpoints")))
    except FileNotFoundError:
        return False


def tree(folder):
    """What lies in a folder: each file with its bytes."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb") as file:
                found[os.path.join(parent, name)] = file.read()
    return found


class KilledRuns(Case):
    def kill_and_resume(self, name, threads, moments):
        """Kills the run at each moment in turn, then lets it end; compares the weights."""
        run = scratch(name)
        shutil.rmtree(run, ignore_errors=True)
        num_kills = 0
        for moment in moments:
            begun = bool(checkpoints(run))
            arguments = resume(run, "--threads", threads) if begun else pretrain_arguments(run, "--threads", threads,
                                                                                          settings=LONG)
            process = start(*arguments, "--quiet")
            wait_until(lambda: moment(run), process, "the moment to kill")
            if process.poll() is None:
                num_kills += 1
            process.kill()
            process.communicate()
        self.assertGreaterEqual(num_kills, len(moments) - 1)
        succeed(*resume(run, "--threads", threads))
        self.assertEqual(final_weights(run), final_weights(uninterrupted(threads)))

    def moments(self):
        steps = lambda count: (lambda run: bool(checkpoints(run)) and checkpoints(run)[-1] >= "step-%08d" % count)
        return [lambda run: len(events(run)) >= 1, steps(4), steps(13), has_temporary, steps(30), has_temporary,
                steps(45)]

    def test_killed_at_several_moments_on_one_thread(self):
        self.kill_and_resume("killed-1", 1, self.moments())

    def test_killed_at_several_moments_on_two_threads(self):
        self.kill_and_resume("killed-2", 2, self.moments())

    def test_two_threads_have_a_pass_each(self):
        trace = scratch("passes.json")
        succeed(*pretrain_arguments(scratch("passes"), "--threads", 2, "--trace", trace,
                                    settings=LONG + ["max_steps=20"]))
        with open(trace, encoding="utf-8") as file:
            passes = [event for event in json.load(file) if event["ph"] == "X" and event["name"].startswith("pass")]
        self.assertEqual(len(passes), 40)
        self.assertEqual(len({event["tid"] for event in passes}), 2)

    def test_one_thread_and_two_give_the_same_bytes(self):
        self.assertEqual(final_weights(uninterrupted(1)), final_weights(uninterrupted(2)))


class InterruptedRuns(Case):
    def interrupt(self, name, number):
        run = scratch(name)
        process = start(*pretrain_arguments(run, settings=LONG))
        wait_until(lambda: len(checkpoints(run)) >= 2, process, "two checkpoints")
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("--resume", err)
        succeed(*resume(run))
        self.assertEqual(final_weights(run), final_weights(uninterrupted(1)))

    def test_ctrl_c_saves_and_ends_with_130(self):
        self.interrupt("sigint", signal.SIGINT)

    def test_sigterm_saves_and_ends_with_130(self):
        self.interrupt("sigterm", signal.SIGTERM)

    def test_a_closed_terminal_saves_and_ends_with_130(self):
        self.interrupt("sighup", signal.SIGHUP)

    def test_a_lost_reader_of_the_progress_saves_and_ends_with_130(self):
        run = scratch("lost-reader")
        process = start(*pretrain_arguments(run, settings=LONG + ["max_steps=100000", "checkpoint_every=100000",
                                                                  "evaluate_every=100000", "log_every=1"]))
        wait_until(lambda: any('"event":"step"' in line for line in events(run)), process, "a step")
        process.stderr.close()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=120), 130)
        self.assertGreater(checkpoints(run)[-1], "step-00000000")

    def long_update(self, name):
        """A run whose first update takes seconds, in passes of milliseconds."""
        settings = LONG + ["max_steps=3", "batch_tokens=%d" % (512 * 4000), "micro_batch_rows=2"]
        process = start(*pretrain_arguments(scratch(name), settings=settings))
        self.addCleanup(process.kill)
        lines = []
        while not any("pass 1 of" in line for line in lines):  # there is a line before the first update is done
            lines.append(process.stderr.readline())
            self.assertTrue(lines[-1], lines)
        return process

    def test_a_long_update_is_given_up_between_its_passes(self):
        process = self.long_update("long-update")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("stopping after this pass", err)
        self.assertIn("again to leave now", err)
        self.assertIn("stopped at step 0 and saved", err)

    def test_a_second_signal_leaves_at_once_and_says_so(self):
        process = self.long_update("left")
        process.send_signal(signal.SIGSTOP)  # so that both are there when it goes on
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("left at once", err)
        self.assertNotIn("and saved", err)

    def test_nohup_is_obeyed(self):
        run = scratch("nohup")
        process = subprocess.Popen([VITRINE, *map(str, pretrain_arguments(run, settings=LONG))], cwd=scratch_folder(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        wait_until(lambda: len(checkpoints(run)) >= 2, process, "two checkpoints")
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=120), 0)

    def test_a_warmup_that_nobody_asked_for_follows_max_steps(self):
        run = scratch("short")
        done = succeed("train", "pretrain", "--data", dataset(), "--out", run, "--set", "max_steps=3", "--set",
                       "sample_every=0", "--threads", 1)
        self.assertIn("warm-up shortened from 50 updates to 1", done.stderr)
        succeed("train", "pretrain", "--resume", "--data", dataset(), "--out", run)

    def test_the_saved_config_is_enough_to_resume(self):
        run = copy_of_run("short-resume")
        done = succeed("train", "pretrain", "--resume", "--data", dataset(), "--out", run)
        self.assertIn("12", done.stdout)

    def test_synth_that_is_interrupted_leaves_no_file(self):
        path = scratch("never.jsonl")
        process = start("data", "synth", "--documents", 100000000, "--out", path)
        wait_until(lambda: any(name.startswith("never") or "never" in name for name in os.listdir(os.path.dirname(path))),
                   process, "the first bytes")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertEqual([name for name in os.listdir(os.path.dirname(path)) if "never" in name], [])


class DamagedCheckpoints(Case):
    def damage(self, run, change):
        path = os.path.join(run, "checkpoints", checkpoints(run)[-1], "model.safetensors")
        with open(path, "r+b") as file:
            change(file)

    def flip(self, file):
        file.seek(-100, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))

    def cut(self, file):
        file.truncate(os.path.getsize(file.name) // 2)

    def assert_refused_with_older_one(self, run):
        done = vitrine("train", "pretrain", "--resume", "--data", dataset(), "--out", run)
        older = checkpoints(run)[-2]
        self.assert_error(done, 1, checkpoints(run)[-1], older)
        command = done.stderr.splitlines()[-1].split(": vitrine ")[1].split()  # what the hint says can be run as it is
        self.assertEqual(command, ["train", "pretrain", "--resume", os.path.join(run, "checkpoints", older), "--data",
                                   dataset(), "--out", run])
        older_path = os.path.join(run, "checkpoints", older)
        succeed(*pretrain_arguments(run, "--resume", older_path))
        self.assertEqual(final_weights(run), final_weights(trained_run()))

    def test_a_flipped_bit_is_refused_and_an_older_one_offered(self):
        run = copy_of_run("flipped")
        self.damage(run, self.flip)
        self.assert_refused_with_older_one(run)

    def test_a_cut_file_is_refused_and_an_older_one_offered(self):
        run = copy_of_run("cut")
        self.damage(run, self.cut)
        self.assert_refused_with_older_one(run)

    def test_generate_falls_back_to_the_newest_intact_one(self):
        run = copy_of_run("fallback")
        self.damage(run, self.flip)
        done = succeed("generate", "-m", run, "The", "--max-tokens", 3)
        newest, older = checkpoints(run)[-1], checkpoints(run)[-2]
        self.assertIn(newest, done.stderr)  # what is refused, and what is taken in its place, is said
        self.assertIn(older, done.stderr)

    def test_a_flipped_bit_in_a_shard_is_refused(self):
        folder = scratch("flipped-data")
        shutil.copytree(dataset(), folder)
        shard = next(name for name in sorted(os.listdir(folder)) if name.endswith(".vds"))
        with open(os.path.join(folder, shard), "r+b") as file:
            self.flip(file)
        self.assert_error(vitrine("data", "stats", "--data", folder), 1, shard)


class OtherRuns(Case):
    def test_another_config_is_refused_by_name(self):
        done = vitrine("train", "pretrain", "--resume", "--data", dataset(), "--out", trained_run(), "--set", "lr=0.5",
                       "--set", "layers=3")
        self.assert_error(done, 1, "lr (was 0.008, now 0.5)", "layers (was 2, now 3)")

    def test_another_seed_is_refused(self):
        done = vitrine("train", "pretrain", "--resume", "--data", dataset(), "--out", trained_run(), "--seed", 9)
        self.assert_error(done, 1, "seed (was 2, now 9)")

    def test_another_tokenizer_is_refused(self):
        other, data = scratch("other-tokenizer.json"), scratch("other-data")
        text = scratch("other.jsonl")
        succeed("data", "synth", "--level", "small", "--documents", 300, "--seed", 4, "--out", text)
        succeed("tokenizer", "train", text, "--vocab-size", 300, "--pre-tokenizer", "gpt2", "--out", other)
        succeed("data", "build", text, "--tokenizer", other, "--out", data)
        done = vitrine("train", "pretrain", "--resume", "--data", data, "--out", trained_run())
        self.assert_error(done, 1, "tokenizer")


class PlacesToGoOn(Case):
    """What is gone on with is the run that the checkpoint lies in, never another one."""

    def test_a_checkpoint_alone_goes_on_in_its_own_run(self):
        here = scratch("two-runs")
        mine, nano = copy_of_run("two-runs/runs/mine"), copy_of_run("two-runs/runs/nano")
        before = tree(nano)
        for given in ("runs/mine/checkpoints/%s/" % checkpoints(mine)[0], os.path.join(mine, "checkpoints",
                                                                                      checkpoints(mine)[1])):
            done = succeed("train", "pretrain", "--resume", given, "--data", dataset(), "--threads", 1, cwd=here)
            self.assertIn("runs/mine", done.stdout)
            self.assertEqual(final_weights(mine), final_weights(trained_run()))
            self.assertEqual(tree(nano), before)

    def test_a_run_or_its_checkpoints_folder_means_its_newest_intact_checkpoint(self):
        for name, inner in (("whole-run", ""), ("whole-run-2", "/"), ("whole-run-3", "/checkpoints"),
                            ("whole-run-4", "/checkpoints/")):
            run = copy_of_run(name)
            newest, older = checkpoints(run)[-1], checkpoints(run)[-2]
            with open(os.path.join(run, "checkpoints", newest, "model.safetensors"), "ab") as file:
                file.write(b"x")
            done = succeed("train", "pretrain", "--resume", run + inner, "--data", dataset(), "--threads", 1)
            self.assertIn("passed over: open checkpoint of step 12", done.stderr)
            self.assertTrue(any('"run","step":9' in line or '"step":9' in line for line in events(run)), older)
            self.assertEqual(final_weights(run), final_weights(trained_run()))

    def test_a_run_without_an_intact_checkpoint_is_said_to_have_none(self):
        run = copy_of_run("all-damaged")
        for name in checkpoints(run):
            os.remove(os.path.join(run, "checkpoints", name, "manifest.json"))
        done = vitrine("train", "pretrain", "--resume", run, "--data", dataset())
        self.assert_error(done, 1, "no checkpoint is intact", run)

    def test_a_bare_name_is_looked_up_in_the_run(self):
        run = copy_of_run("bare-name")
        done = succeed("train", "pretrain", "--resume", checkpoints(run)[0], "--data", dataset(), "--out", run)
        self.assertIn("back to", done.stderr)
        self.assertEqual(final_weights(run), final_weights(trained_run()))

    def test_a_checkpoint_of_one_run_is_not_mixed_into_another(self):
        mine, other = copy_of_run("unmixed-mine"), copy_of_run("unmixed-other")
        before = tree(other)
        given = os.path.join(mine, "checkpoints", checkpoints(mine)[0])
        arguments = ["train", "pretrain", "--resume", given, "--data", dataset(), "--threads", 1, "--out"]
        self.assert_error(vitrine(*arguments, other), 1, given, other, mine)
        self.assertEqual(tree(other), before)
        fresh = scratch("unmixed-fresh")
        succeed(*arguments, fresh)
        self.assertEqual(final_weights(fresh), final_weights(trained_run()))


class PrintedCommands(Case):
    """What is printed for going on does so when it is pasted into a shell."""
    PLACE = "it's a place; of $HOME"

    def run_printed(self, line):
        """Runs a printed command as a shell would, with this program as vitrine."""
        return subprocess.run(["sh", "-c", 'vitrine() { "%s" "$@"; }; %s' % (VITRINE, line)], capture_output=True,
                              text=True, timeout=300, cwd=scratch_folder())

    def test_an_interrupted_run_with_kernels_and_spaces(self):
        os.makedirs(scratch(self.PLACE), exist_ok=True)
        run = scratch(os.path.join(self.PLACE, "run"))
        process = start(*pretrain_arguments(run, "--kernels", "portable", settings=["max_steps=400", "evaluate_every=200"]))
        wait_until(lambda: len(checkpoints(run)) >= 2, process, "two checkpoints")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        command = err.split("to go on: ")[1].splitlines()[0]
        self.assertIn(" --kernels portable", command)
        done = self.run_printed(command + " --set keep_checkpoints=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(checkpoints(run)[-1], "step-00000400")

    def test_a_damaged_checkpoint_with_kernels_and_spaces(self):
        run = scratch(os.path.join(self.PLACE, "damaged"))
        succeed(*pretrain_arguments(run, "--kernels", "portable"))
        last = final_weights(run)
        with open(os.path.join(run, "checkpoints", checkpoints(run)[-1], "model.safetensors"), "ab") as file:
            file.write(b"x")
        done = vitrine("train", "pretrain", "--resume", "--data", dataset(), "--out", run, "--kernels", "portable")
        self.assert_error(done, 1, "--kernels portable")
        done = self.run_printed(done.stderr.split("intact one: ")[1])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(final_weights(run), last)


class LimitedFiles(Case):
    """A file size limit is a full disk that needs no rights to set up."""
    LIMIT = 60000  # less than a checkpoint's weights

    def limited(self, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.LIMIT, self.LIMIT))
        return subprocess.run([VITRINE, *map(str, arguments)], capture_output=True, text=True, preexec_fn=limit,
                              timeout=300, cwd=scratch_folder())

    def test_saving_fails_clearly_and_the_run_goes_on_from_its_last_checkpoint(self):
        run = copy_of_run("limited")
        for name in checkpoints(run)[-1:]:
            shutil.rmtree(os.path.join(run, "checkpoints", name))
        before = checkpoints(run)
        self.assert_error(self.limited(*pretrain_arguments(run, "--resume")), 1, "File too large")
        self.assertEqual(checkpoints(run), before)
        succeed(*pretrain_arguments(run, "--resume"))
        self.assertEqual(final_weights(run), final_weights(trained_run()))

    def test_going_on_is_told_of_a_run_whose_place_the_config_says(self):
        run = copy_of_run("limited-config")
        shutil.rmtree(run)
        config = scratch("limited.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write('out = "%s"\n' % run)
        arguments = ["train", "pretrain", "--config", config, "--data", dataset(), "--threads", 1, *set_flags(TINY)]
        process = start(*arguments, "--set", "max_steps=100000")
        wait_until(lambda: len(checkpoints(run)) >= 2, process, "two checkpoints")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (self.LIMIT, self.LIMIT))
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn("add --resume", err.splitlines()[-1])

    def test_going_on_is_told_only_of_a_training_that_was_under_way(self):
        place = scratch("not-under-way")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(trained_run(), os.path.join(place, "runs", "nano"))
        done = vitrine("train", "pretrain", "--config", ".", "--data", dataset(), cwd=place)  # a folder
        self.assert_error(done, 1, "'.'")
        self.assertNotIn("--resume", done.stderr)
        run = scratch("full-output")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([VITRINE, *map(str, pretrain_arguments(run))], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=300, cwd=scratch_folder())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(checkpoints(run)[-1], "step-00000012")
        self.assertNotIn("--resume", done.stderr)

    def test_going_on_after_going_back_does_not_go_back_again(self):
        run = copy_of_run("limited-back")
        given = os.path.join(run, "checkpoints", checkpoints(run)[0])
        done = self.limited(*pretrain_arguments(run, "--resume", given))
        self.assert_error(done, 1, "File too large", "checkpoint: vitrine train pretrain --resume --data")

    def test_a_file_that_grows_too_large_is_not_left(self):
        path = scratch("too-large.jsonl")
        self.assert_error(self.limited("data", "synth", "--documents", 2000, "--out", path), 1, "File too large")
        self.assertEqual([name for name in os.listdir(scratch_folder()) if name.startswith("too-large")], [])


class FullDisk(Case):
    def setUp(self):
        self.mount = scratch("small-disk")
        os.makedirs(self.mount, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", self.mount], capture_output=True)
        if done.returncode != 0:
            self.skipTest("needs the right to mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", self.mount], check=True)
        self.ballast = os.path.join(self.mount, "ballast")

    def fill(self):
        """Takes all the space that there is."""
        with open(self.ballast, "wb", buffering=0) as file:
            for block in (1 << 16, 1 << 10):
                try:
                    while file.write(bytes(block)):
                        pass
                except OSError:
                    pass

    def test_saving_fails_clearly_and_the_last_checkpoint_stays(self):
        run = os.path.join(self.mount, "run")
        settings = LONG + ["keep_checkpoints=2"]
        process = start(*pretrain_arguments(run, settings=settings))
        wait_until(lambda: len(checkpoints(run)) >= 2, process, "two checkpoints")
        while process.poll() is None:  # pruning frees space again
            self.fill()
        out, err = process.communicate()
        self.assertEqual(process.returncode, 1, err)
        self.assertIn("No space left", err.splitlines()[-2])
        self.assertTrue(err.splitlines()[-1].startswith("hint: "), err)
        self.assertIn("add --resume", err.splitlines()[-1])
        os.remove(self.ballast)
        succeed("model", "info", "-m", run)
        succeed(*pretrain_arguments(run, "--resume", settings=settings))
        self.assertEqual(final_weights(run), final_weights(uninterrupted(1)))

    def test_a_run_that_cannot_fit_is_refused_before_it_begins(self):
        self.fill()
        done = vitrine(*pretrain_arguments(os.path.join(self.mount, "run")))
        self.assert_error(done, 1, "disk", "MB free")

    def test_a_file_that_does_not_fit_is_not_left_half_written(self):
        path = os.path.join(self.mount, "world.jsonl")
        done = vitrine("data", "synth", "--level", "small", "--bytes", "60MB", "--out", path)
        self.assert_error(done, 1, "world.jsonl")
        self.assertEqual(os.listdir(self.mount), [])


if __name__ == "__main__":
    unittest.main()
