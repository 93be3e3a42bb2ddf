#!/usr/bin/env python3
"""balance.py RAWTOP CAPTURES [FOLDER...]

Runs `rawtop flows -r` over every file below CAPTURES/FOLDER (core, tcp, big,
more). Whatever a file holds, it ends with status 0, 1 or 2 and within the
time; its account balances; and its records add up to the packets that the
account has in flows. Prints what does not, and fails then.
"""
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

FOLDERS = ("core", "tcp", "big", "more")
SECONDS = 60
JOBS = 2
STATUS_DONE, STATUS_REFUSED, STATUS_CUT = 0, 1, 2


def files_below(base, folders):
    for folder in folders:
        for path, _, names in sorted(os.walk(os.path.join(base, folder))):
            for name in sorted(names):
                yield os.path.join(path, name)


def count_packets(records):
    total = 0
    for line in records:
        record = json.loads(line)
        total += record["packets"] + record["rev_packets"]
    return total


def account_faults(stats, packets):
    if not stats["balanced"]:
        yield "the account does not balance"
    if stats["records_lost"]:
        yield "%d records lost" % stats["records_lost"]
    if packets != stats["in_flows"]:
        yield "%d packets in records, %d in flows" % (packets,
                                                      stats["in_flows"])


def check_file(rawtop, path):
    """(exit status, what is wrong)"""
    with tempfile.TemporaryDirectory() as work:
        return check_file_in(work, rawtop, path)


def check_file_in(work, rawtop, path):
    stats_path = os.path.join(work, "stats")
    records_path = os.path.join(work, "records")
    try:
        done = subprocess.run(
            [rawtop, "flows", "-r", path, "-o", "json:" + records_path,
             "--stats-json", stats_path, "--max-flows", "64k"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, ["not done after %d s" % SECONDS]
    if done.returncode not in (STATUS_DONE, STATUS_REFUSED, STATUS_CUT):
        return done.returncode, [
            "exit status %d: %s" % (done.returncode,
                                    done.stderr.decode(errors="replace"))]
    if done.returncode == STATUS_REFUSED:
        return STATUS_REFUSED, []
    with open(stats_path) as stats, open(records_path, "rb") as records:
        return done.returncode, list(
            account_faults(json.load(stats), count_packets(records)))


def main():
    rawtop, base = sys.argv[1:3]
    folders = sys.argv[3:] or FOLDERS
    ends = {}
    wrong = 0
    paths = list(files_below(base, folders))
    with ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda path: check_file(rawtop, path), paths)
        for path, (status, faults) in zip(paths, results):
            ends[status] = ends.get(status, 0) + 1
            wrong += len(faults) > 0
            for fault in faults:
                print("%s: %s" % (os.path.relpath(path, base), fault))
    print("%d files: %d read whole, %d up to a damage, %d refused; %d wrong" %
          (sum(ends.values()), ends.get(STATUS_DONE, 0),
           ends.get(STATUS_CUT, 0), ends.get(STATUS_REFUSED, 0), wrong))
    return 1 if wrong or not ends else 0


if __name__ == "__main__":
    sys.exit(main())
