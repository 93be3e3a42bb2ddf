#!/usr/bin/env python3
"""flows.py RAWTOP CAPTURES DIFFERENCES [-v]

Compares `rawtop flows -r FILE -o json:-` with the reference conversations of
every capture in CAPTURES/core and CAPTURES/tcp: packets, IP bytes and frame
bytes each way, per TCP conversation and per innermost UDP conversation.
Prints a table of files, conversations, equal, different. Fails on a
difference that DIFFERENCES does not argue, and on an argued one that is gone.
"""
import csv
import json
import os
import subprocess
import sys

FIELDS = [
    ("packets", "pkts_ab"), ("bytes", "ip_bytes_ab"),
    ("frame_bytes", "frame_bytes_ab"), ("rev_packets", "pkts_ba"),
    ("rev_bytes", "ip_bytes_ba"), ("rev_frame_bytes", "frame_bytes_ba"),
]
# No timeout may cut a conversation that the reference counts as one.
LONG = "1000000s"


def read_reference(path, proto):
    if not os.path.exists(path):
        return []
    rows = []
    with open(path, newline="", errors="replace") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if proto == "udp" and row["innermost"] != "1":
                continue
            rows.append(row)
    return rows


def run_rawtop(rawtop, path):
    done = subprocess.run(
        [rawtop, "flows", "-r", path, "-o", "json:-", "--idle-timeout", LONG,
         "--closed-linger", LONG, "--active-timeout", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode < 0 or done.returncode > 2:
        return None, done.stderr.decode(errors="replace")
    return [json.loads(line) for line in done.stdout.splitlines()], ""


def key_of(proto, a, ap, b, bp):
    return (proto,) + tuple(sorted([(a, int(ap)), (b, int(bp))]))


def group(items, key):
    out = {}
    for item in items:
        out.setdefault(key(item), []).append(item)
    return out


def reference_values(row, flip):
    names = [ref for _, ref in FIELDS]
    if flip:
        names = names[3:] + names[:3]
    return [int(row[n]) for n in names]


def compare_tuple(key, refs, ours):
    """One text per difference of the conversations of one five-tuple."""
    if not ours:
        return ["missing"] * len(refs)
    if len(refs) != len(ours):
        return ["%d conversations, reference %d" % (len(ours), len(refs))] \
            * len(refs)
    refs = sorted(refs, key=lambda r: (float(r["first_ts"] or 0),
                                       int(r["stream"])))
    ours = sorted(ours, key=lambda r: r["first"])
    found = []
    for ref, our in zip(refs, ours):
        flip = (our["src"], our["sport"]) != (ref["a_addr"], int(ref["a_port"]))
        # Ends that are equal tell no direction: compare either way.
        mine = [our[n] for n, _ in FIELDS]
        want = reference_values(ref, flip)
        if mine == want:
            continue
        if ref["a_addr"] == ref["b_addr"] and ref["a_port"] == ref["b_port"] \
                and mine == reference_values(ref, not flip):
            continue
        note = " (%d later fragments)" % (our["fragments"] +
                                          our["rev_fragments"]) \
            if our.get("fragments", 0) + our.get("rev_fragments", 0) else ""
        found.append("%s, reference %s%s" % (mine, want, note))
    return found


def compare_file(rawtop, base, rel, kind):
    path = os.path.join(base, kind, rel)
    refs = []
    for proto in ("tcp", "udp"):
        ref = os.path.join(base, "reference", kind + "-conv",
                           rel + "." + proto + ".tsv")
        refs += [(proto, r) for r in read_reference(ref, proto)]
    records, error = run_rawtop(rawtop, path)
    if records is None:
        return len(refs), 0, [("*", error)]
    ours = group([r for r in records if r["proto"] in ("tcp", "udp")
                  and "sport" in r],
                 lambda r: key_of(r["proto"], r["src"], r["sport"],
                                  r["dst"], r["dport"]))
    wanted = group(refs, lambda pr: key_of(
        pr[0], pr[1]["a_addr"], pr[1]["a_port"], pr[1]["b_addr"],
        pr[1]["b_port"]))
    differences = []
    for key, rows in wanted.items():
        for text in compare_tuple(key, [r for _, r in rows],
                                  ours.get(key, [])):
            differences.append((key_text(key), text))
    for key, rows in ours.items():
        if key not in wanted:
            differences.append((key_text(key), "not in the reference"))
    return len(refs), len(refs) - len(
        [d for d in differences if d[1] != "not in the reference"]), \
        differences


def key_text(key):
    (a, ap), (b, bp) = key[1], key[2]
    return "%s %s:%d %s:%d" % (key[0], a, ap, b, bp)


def read_argued(path):
    argued = {}
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                rel, key, why = line.split("\t")
                argued[(rel, key)] = why
    return argued


def main():
    rawtop, base, argued_path = sys.argv[1:4]
    verbose = "-v" in sys.argv
    argued = read_argued(argued_path)
    used = set()
    unexplained = 0
    for kind in ("core", "tcp"):
        files = conversations = equal = different = 0
        for folder, _, names in sorted(os.walk(os.path.join(base, kind))):
            for name in sorted(names):
                rel = os.path.relpath(os.path.join(folder, name),
                                      os.path.join(base, kind))
                total, same, found = compare_file(rawtop, base, rel, kind)
                files += 1
                conversations += total
                equal += same
                different += len(found)
                for key, text in found:
                    at = (kind + "/" + rel, key)
                    if at not in argued and (at[0], "*") in argued:
                        at = (at[0], "*")
                    if at in argued:
                        used.add(at)
                    else:
                        unexplained += 1
                    if verbose or at not in argued:
                        print("%s\t%s\t%s%s" % (
                            kind + "/" + rel, key, text,
                            "\t# " + argued[at] if at in argued else ""))
        print("%s: %d files, %d conversations, %d equal, %d different" %
              (kind, files, conversations, equal, different))
    gone = set(argued) - used
    for at in sorted(gone):
        print("argued but not seen: %s %s" % at)
    print("%d differences argued, %d unexplained" % (len(used), unexplained))
    return 1 if unexplained or gone else 0


if __name__ == "__main__":
    sys.exit(main())
