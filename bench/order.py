#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How soon an order of failures finds what there is to be found.

For each program all allocations fail, one at a time; where each failure crashes is known
then. Three orders are held against that: the program's own; the rarest stacks first, each
stack once; and novelty, in which mallocfail tries. Printed is which share of the program's
crash sites is found after so many failures, as a share of its distinct stacks.

MF_RUN names mallocfail. Programs that are not installed, or do not crash, are left out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

SHARES = (5, 10, 25, 50)
WANTED = 10
JSON = '{"a":[1,2,{"b":"x"}],"c":null}'
FILES = {
    "t.json": JSON,
    "t.l": "%%\n[a-z]+ return 1;\n[0-9]+ { return 2; }\n%%\n",
    "t.xml": '<a><b x="1">t</b></a>\n',
    "t.mk": "all: a b\na b:\n\t@:\n",
    "t.m4": "define(`f', `$1 and $2')f(1, 2)\n",
    "t.php": "<?php echo json_encode([1, [2]]);\n",
    "t.roff": ".TH T 1\n.SH NAME\nt\n",
    "nginx.conf": "events {}\npid nginx.pid;\nerror_log e.log;\nhttp {}\n",
}
PROGRAMS = (
    "file t.xml",
    "flex -o lex.c t.l",
    "jq .a t.json",
    "curl --version",
    "curl -s http://127.0.0.1:1/",
    "sqlite3 :memory: .tables",
    "nginx -t -p . -c nginx.conf",
    "xmllint t.xml",
    "m4 t.m4",
    "make -n -f t.mk",
    "tclsh t.mk",
    "zsh -c true",
    "unzip -v",
    "zip -v",
    "php -n t.php",
    "openssl version",
    "gpg --version",
    "groff -Tascii t.roff",
    "lua5.4 -v",
    "luajit -v",
    "qpdf --version",
    "redis-server --version",
    "less --version",
    "vim --version",
    "bc --version",
    "gawk BEGIN{print}",
    "man --version",
    "ssh -V",
    "tar --version",
    "cmake --version",
)


def explore(words):
    """The trials of all allocations, in the order of novelty, and the number of stacks."""
    subprocess.run(
        [os.environ["MF_RUN"], "-q", "-o", "found", "--points", "all", "--mode", "once"]
        + ["--", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if not os.path.exists("found/findings.json"):
        return None
    with open("found/findings.json", encoding="utf-8") as file:
        results = json.load(file)
    shutil.rmtree("found")
    sites = {f["cause"] for f in results["findings"] if f["outcome"] == "crashed"}
    return results["trials"], results["stacks"], sites


def by_rarity(trials):
    """Each stack once, the rarest first; then the rest."""
    frequency = {}
    for trial in trials:
        frequency[trial["stack_id"]] = frequency.get(trial["stack_id"], 0) + 1
    first, seen = [], set()
    for trial in sorted(trials, key=lambda trial: trial["number"]):
        if trial["stack_id"] not in seen:
            seen.add(trial["stack_id"])
            first.append(trial)
    return sorted(first, key=lambda trial: frequency[trial["stack_id"]])


def shares(order, stacks, sites):
    """How much of the sites is found after each share of the stacks."""
    found = []
    for share in SHARES:
        count = max(1, round(stacks * share / 100))
        seen = {trial["cause"] for trial in order[:count]} & sites
        found.append(100 * len(seen) / len(sites))
    return found


def main():
    """Measure and print."""
    sums = {}
    measured = 0
    os.chdir(tempfile.mkdtemp())
    for name, text in FILES.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    print(f"{'':34}{'':12}" + "".join(f"{share:5} %" for share in SHARES))
    for program in PROGRAMS:
        words = program.split()
        if measured == WANTED or not shutil.which(words[0]):
            continue
        trials, stacks, sites = explore(words) or ([], 0, set())
        if not sites:
            continue
        measured += 1
        print(f"{program}: {len(trials)} failures, {stacks} stacks, {len(sites)} sites")
        orders = {
            "program": sorted(trials, key=lambda trial: trial["number"]),
            "rarity": by_rarity(trials),
            "novelty": trials,
        }
        for name, order in orders.items():
            found = shares(order, stacks, sites)
            sums[name] = [a + b for a, b in zip(sums.get(name, [0] * 4), found)]
            print(f"{'':34}{name:12}" + "".join(f"{share:5.0f} %" for share in found))
        sys.stdout.flush()
    print(f"mean of {measured} programs")
    for name, total in sums.items():
        mean = [value / measured for value in total]
        print(f"{'':34}{name:12}" + "".join(f"{share:5.0f} %" for share in mean))
    shutil.rmtree(os.getcwd())


if __name__ == "__main__":
    main()
