"""Runs classes of `unittest` cases, each in a process of its own, several at a time.

Used by `run.py` of each folder of tests in network namespaces.
"""

import argparse
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import network
import tincan

# Modules of `cases` with tests. Set by `main`.
MODULES = ()
# Seconds that a class may take, at most: several times what the slowest takes.
CLASS_LIMIT = 300


def classes():
    """Every class of tests, by its name such as `records.Records`."""
    found = {}
    for module in MODULES:
        loaded = importlib.import_module("cases." + module)
        for name, value in vars(loaded).items():
            is_case = isinstance(value, type) and issubclass(value, unittest.TestCase)
            if is_case and value.__module__ == loaded.__name__ and names_of(value):
                found["%s.%s" % (module, name)] = value
    return found


def names_of(case):
    return unittest.defaultTestLoader.getTestCaseNames(case)


def chosen(wanted):
    """The tests to run, by class."""
    found = {}
    for title, case in classes().items():
        names = [
            name for name in names_of(case)
            if not wanted or any(part in "%s.%s" % (title, name) for part in wanted)
        ]
        if names:
            found[title] = names
    return found


class Result(unittest.TextTestResult):
    """Says how long each took; counts what was skipped as not passed."""

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln("ok (%.1f s)" % (time.monotonic() - self.began))

    def getDescription(self, test):
        # What stands for a failed setUpClass has no method.
        return ".".join(str(test.id()).split(".")[-2:])

    def addSkip(self, test, reason):
        self.addFailure(test, (AssertionError, AssertionError("skipped: " + reason), None))


def run_class(title, names, report):
    """In a process of its own: runs one class, and writes how it went as JSON."""
    case = classes()[title]
    stream = unittest.runner._WritelnDecorator(sys.stderr)
    result = Result(stream, descriptions=False, verbosity=2)
    unittest.TestSuite(case(name) for name in names).run(result)
    bad = [(result.getDescription(test), text) for test, text in result.failures + result.errors]
    with open(report, "w") as file:
        json.dump(dict(ran=result.testsRun, bad=bad), file)
    return 1 if bad else 0


def give_up(number, _frame):
    """Ended from above or too slow: takes down the network all the same."""
    print("\nended by " + signal.Signals(number).name, file=sys.stderr, flush=True)
    network.close_all()
    os._exit(128 + number)


def run_all(tests, binary, jobs):
    """Every class in a process of its own, `jobs` at a time; what each said when it is over."""
    began, waiting, running = time.monotonic(), list(tests.items()), []
    ran, bad = 0, []
    scratch = tempfile.mkdtemp(prefix="run-")
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                title, names = waiting.pop(0)
                report = os.path.join(scratch, title + ".json")
                log = open(os.path.join(scratch, title + ".log"), "w+")
                words = [sys.executable, os.path.abspath(sys.argv[0]), "--bin", binary]
                words += ["--class", title, "--report", report, *names]
                child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                running.append((title, names, report, log, child, time.monotonic()))
            for entry in list(running):
                title, names, report, log, child, since = entry
                try:
                    child.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                running.remove(entry)
                count, failures = outcome(title, names, report, child)
                ran, bad = ran + count, bad + failures
                log.seek(0)
                print("=== %s (%.0f s)" % (title, time.monotonic() - since))
                print(log.read().rstrip(), flush=True)
                log.close()
    finally:
        for *_, child, _ in running:
            child.terminate()
            child.wait()
        shutil.rmtree(scratch, ignore_errors=True)
    for name, text in bad:
        print("=" * 70 + "\nFAIL: %s\n" % name + "-" * 70 + "\n" + text)
    print("-" * 70)
    print("Ran %d tests in %.3fs\n" % (ran, time.monotonic() - began))
    print("FAILED (failures=%d)" % len(bad) if bad else "OK")
    return 1 if bad or ran == 0 else 0


def outcome(title, names, report, child):
    """How many of a class ran, and what failed; a class that told nothing has failed."""
    try:
        with open(report) as file:
            told = json.load(file)
    except (OSError, ValueError):
        return 0, [(title, "ended with status %s and without a report" % child.returncode)]
    bad = [("%s: %s" % (title, name), text) for name, text in told["bad"]]
    if not bad and (told["ran"] != len(names) or child.returncode != 0):
        bad.append((title, "%d of %d ran, status %d" % (told["ran"], len(names), child.returncode)))
    return told["ran"], bad


def main(about, modules, check):
    """Reads the command line and runs what it names; the exit status.

    `about` is the caller's own text, `modules` are those of `cases` with the longest first, so that
    the last to end is a short one; `check` raises `network.CannotBuild`.
    """
    global MODULES
    MODULES = modules
    words = argparse.ArgumentParser(description=about.split("\n")[0])
    words.add_argument("--bin", default="target/debug/tincan", help="the program to test")
    words.add_argument("--jobs", type=int, default=4, help="classes at a time")
    words.add_argument("--list", action="store_true", help="only name the tests")
    words.add_argument("--class", dest="title", help=argparse.SUPPRESS)
    words.add_argument("--report", help=argparse.SUPPRESS)
    words.add_argument("names", nargs="*", metavar="NAME", help="run only tests named so, in part")
    args = words.parse_args()
    tincan.BINARY = os.path.abspath(args.bin)
    if args.title:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, give_up)
        signal.alarm(CLASS_LIMIT)
        return run_class(args.title, args.names, args.report)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tests = chosen(args.names)
    if args.list:
        for title, names in tests.items():
            print("\n".join("%s.%s" % (title, name) for name in names))
        return 0
    if not tests:
        print("no test is named so", file=sys.stderr)
        return 1
    if not os.access(tincan.BINARY, os.X_OK):
        print("there is no program %s; build it with: cargo build -p tincan" % args.bin, file=sys.stderr)
        return 1
    try:
        check()
    except network.CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return run_all(tests, tincan.BINARY, args.jobs)
