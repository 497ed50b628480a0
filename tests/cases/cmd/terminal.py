#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""At a terminal: who may read it, what its keys do, and what is drawn on it. Prints TAP."""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

ROOT = pathlib.Path(os.environ.get("MF_SOURCE", pathlib.Path(__file__).resolve().parents[3]))
BUILD = pathlib.Path(os.environ.get("MF_BUILD", ROOT))
RUN = os.environ.get("MF_RUN", str(BUILD / "mallocfail"))
LIBRARY = os.environ.get("MF_LIB", str(BUILD / "libmallocfail.so"))
VICTIM = str(BUILD / "tests/targets/explore_victim")
NEVER = '\'{"version":1,"rules":[{"nth":1000000000000}]}\''
# A single run that fails nothing, as typed at a prompt.
PLAIN = f"{RUN} -q --policy {NEVER} --"
PATIENCE = 20
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"


class Terminal:
    """A terminal with a program on it, which leads its session."""

    def __init__(self, *command, columns=80, **variables):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "MALLOCFAIL_LIBRARY": LIBRARY, "LC_ALL": "C"}
            environment.pop("NO_COLOR", None)
            # What starts the tests in the background has them ignore the keys' signals.
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
                signal.signal(number, signal.SIG_DFL)
            environment.update({"TERM": "xterm", "PS1": "", "ENV": "", **variables})
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execvpe(command[0], command, environment)
        # What is typed is not to be taken for what is printed.
        attributes = termios.tcgetattr(self.fd)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, attributes)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds):
        """Read what there is; whether there was more."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += more.decode(errors="replace")
        return bool(more)

    def sees(self, pattern):
        """Whether that appears, in time; the text up to it is taken away."""
        until = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            left = until - time.monotonic()
            if left <= 0 or not self.read(left):
                return False
        self.text = self.text[found.end() :]
        return True

    def end(self):
        """All that is left to read, up to the program's end."""
        while self.read(PATIENCE):
            pass
        return self.text

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def shell(**variables):
    """A shell as users have it, with job control."""
    return Terminal("/bin/sh", "-i", **variables)


def all_seen(terminal, *steps):
    """Type, and see what is to come of it, in turns; what did not come, or None."""
    try:
        for number, step in enumerate(steps):
            if number % 2 == 0:
                terminal.type(step)
            elif not terminal.sees(step):
                return f"no {step} in {terminal.text!r}"
        return None
    finally:
        terminal.close()


def reads_what_is_typed():
    return all_seen(
        shell(), f"{PLAIN} cat; echo status $?\n", "", "hello\n", "hello", CTRL_D, "status 0"
    )


def interrupts():
    command = f"{PLAIN} sh -c 'echo begun; exec sleep 60'; echo status $?\n"
    return all_seen(shell(), command, "begun", CTRL_C, "status 130")


def interrupts_a_suite_before_anything_was_tried():
    command = f"{RUN} suite -o ended sh -c 'echo begun; exec sleep 60'; echo status $?\n"
    told = r"nothing was tested: interrupted\r?\nstatus 130"
    return all_seen(shell(), command, "begun", CTRL_C, told)


def interrupts_a_suite_that_has_found_something():
    command = f"{RUN} suite -q -o ended sh -c '{VICTIM} null; echo begun; exec sleep 60'"
    return all_seen(
        shell(), f"{command}; echo status $?\n", "begun", CTRL_C, r"1 defect.*\r?\nstatus 130"
    )


def stops_and_goes_on():
    command = f"{PLAIN} sh -c 'echo begun; read x; echo got $x'\n"
    steps = [command, "begun", CTRL_Z, "Stopped|Suspended", "fg; echo status $?\n", "read x"]
    return all_seen(shell(), *steps, "word\n", "got word", "", "status 0")


def has_no_time_run_while_it_is_stopped():
    command = f"{RUN} -q --timeout 2s --policy {NEVER} -- sh -c 'echo begun; read x; echo got $x'\n"
    terminal = shell()
    terminal.type(command)
    if not terminal.sees("begun"):
        return terminal.text
    terminal.type(CTRL_Z)
    time.sleep(2.2)
    return all_seen(terminal, "fg; echo status $?\n", "read x", "word\n", "got word", "", "status 0")


def stops_in_the_background():
    steps = [f"{PLAIN} cat &\n", "", "sleep 0.2; jobs\n", r"Stopped|Suspended|tty input"]
    return all_seen(
        shell(), *steps, "fg; echo status $?\n", "cat", "hello\n", "hello", CTRL_D, "status 0"
    )


def gives_the_terminal_to_a_pager():
    command = f"{PLAIN} sh -c 'echo begun; read x </dev/tty; echo got $x' | cat\n"
    return all_seen(shell(), command, "begun", "word\n", "got word")


def is_not_held_up_by_a_key_that_comes_early():
    """Ctrl-Z, as a preloaded execve() makes it, comes before the program is executed."""
    preload = str(BUILD / "tests/targets/interrupted.so")
    if os.system(f"LD_PRELOAD={preload} {RUN} --version >/dev/null 2>&1") != 0:
        return None
    command = f"LD_PRELOAD={preload} INTERRUPTED_BY={signal.SIGTSTP:d} "
    command += PLAIN.replace("-q", "-q --no-trace") + " cat; echo status $?\n"
    return all_seen(shell(), command, "", "hello\n", "hello", CTRL_D, "status 0")


def goes_on_where_nobody_would_continue_it():
    command = PLAIN.replace("'", "").split() + ["sh", "-c", "echo begun; read x; echo got $x"]
    terminal = Terminal(*command)
    if not terminal.sees("begun"):
        return terminal.text
    return all_seen(terminal, CTRL_Z, "", "word\n", "got word")


def failing(*options, **variables):
    """What an error message looks like."""
    terminal = Terminal(RUN, *options, "/no/such/program", **variables)
    try:
        return terminal.end()
    finally:
        terminal.close()


def colours_its_messages():
    text = failing()
    return None if "\x1b[31mmallocfail: \x1b[0m" in text else repr(text)


def keeps_colours_from_those_who_want_none():
    text = failing(NO_COLOR="1")
    return None if "mallocfail: " in text and "\x1b" not in text else repr(text)


def takes_an_empty_wish_for_none():
    text = failing(NO_COLOR="")
    return None if "\x1b[31m" in text else repr(text)


def keeps_colours_from_dumb_terminals():
    text = failing(TERM="dumb")
    return None if "mallocfail: " in text and "\x1b" not in text else repr(text)


def explored(*options, **variables):
    """What an exploration draws that has something to wait for."""
    command = [RUN, "-o", "found", "--strategy", "fresh", "--points"]
    command += ["all", "--mode", "once", "--jobs", "1", *options, "--", VICTIM, "slow"]
    terminal = Terminal(*command, **variables)
    try:
        return terminal.end()
    finally:
        terminal.close()


def draws_progress_over_itself():
    text = explored()
    drawn = re.findall(r"\r\x1b\[Kmallocfail: \d of 6 failures tried[^\r\n]*\r\x1b\[K", text)
    return None if drawn and "6 failures tried in" in text else repr(text)


def keeps_progress_within_the_width():
    lines = re.findall(r"\r\x1b\[K(mallocfail: \d of [^\r\n]*)", explored(columns=40))
    return None if lines and max(map(len, lines)) < 40 else repr(lines)


def wide_lines(columns, *command):
    """Lines of a command that do not fit, but for those of one word."""
    terminal = Terminal(*command, columns=columns)
    try:
        text = terminal.end().replace("\r\x1b[K", "\n")
    finally:
        terminal.close()
    text = re.sub(r"\x1b\[[0-9;]*m|\r", "", text)
    lines = [line for line in text.split("\n") if " " in line.strip()]
    wide = [line for line in lines if len(line) > columns]
    return wide if len(lines) > 5 else ["nothing was printed"]


def keeps_help_within_the_width():
    commands = ["--help"], ["run", "--help"], ["explore", "--help"], ["serve", "--help"]
    wide = [wide_lines(width, RUN, *words) for words in commands for width in (40, 60, 80)]
    return None if not any(wide) else repr(wide)


def keeps_findings_within_the_width():
    wide = [wide_lines(width, RUN, "-o", "found", VICTIM, "null") for width in (40, 60, 80)]
    return None if not any(wide) else repr(wide)


def keeps_progress_from_dumb_terminals():
    text = explored(TERM="dumb")
    return None if "6 failures tried in" in text and "\x1b[K" not in text else repr(text)


def keeps_quiet():
    text = explored("-q")
    return None if "failures tried" not in text else repr(text)


TESTS = [
    reads_what_is_typed,
    interrupts,
    interrupts_a_suite_before_anything_was_tried,
    interrupts_a_suite_that_has_found_something,
    stops_and_goes_on,
    has_no_time_run_while_it_is_stopped,
    stops_in_the_background,
    gives_the_terminal_to_a_pager,
    is_not_held_up_by_a_key_that_comes_early,
    goes_on_where_nobody_would_continue_it,
    colours_its_messages,
    keeps_colours_from_those_who_want_none,
    takes_an_empty_wish_for_none,
    keeps_colours_from_dumb_terminals,
    draws_progress_over_itself,
    keeps_progress_within_the_width,
    keeps_help_within_the_width,
    keeps_findings_within_the_width,
    keeps_progress_from_dumb_terminals,
    keeps_quiet,
]


def main():
    failed = 0
    (BUILD / "tests/tmp").mkdir(exist_ok=True)
    home = tempfile.mkdtemp(prefix="terminal.", dir=BUILD / "tests/tmp")
    os.chdir(home)
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, start=1):
        fault = test()
        failed += fault is not None
        print(f"{'not ok' if fault else 'ok'} {number} - {test.__name__.replace('_', ' ')}")
        if fault:
            print(f"# {fault}")
        sys.stdout.flush()
    shutil.rmtree(home)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
