#!/usr/bin/env python3
"""flows.py RAWTOP CAPTURES DIFFERENCES [-v]

Compares `rawtop flows -r FILE -o json:-` with the reference of every capture
below CAPTURES that has one (core and tcp), in three parts:

  tcp    per conversation of the reference's conversation table
  udp    per pair of ends, and the flows of TCP and UDP that have no ports
         (later fragments without a first one, packets too short to tell)
  pairs  per pair of addresses, whatever the protocol

each with packets, IP bytes and frame bytes either way. A later fragment counts
for the conversation of its first one, as in rawtop, though the reference shows
it without ports. UDP is taken from the table of packets: the conversation
table also counts carriers (VXLAN, GTP-U and such) of what is neither TCP nor
UDP as innermost. The two are held against each other.

Fails on a difference that DIFFERENCES does not argue, and on an argued one
that is gone. -v prints the argued ones too.
"""
import csv
import json
import os
import subprocess
import sys

OURS = ("packets", "bytes", "frame_bytes",
        "rev_packets", "rev_bytes", "rev_frame_bytes")
TABLE = ("pkts_ab", "ip_bytes_ab", "frame_bytes_ab",
         "pkts_ba", "ip_bytes_ba", "frame_bytes_ba")
PORTED = {"6": "tcp", "17": "udp"}
# No timeout should cut a conversation that the reference counts as one. This
# is the longest that rawtop takes; what is idle for longer is put together.
LONG = "8784h"
# How long rawtop waits for the rest of a datagram.
FRAGMENT_LIFE_S = 30


def read_table(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="", errors="replace") as f:
        return list(csv.DictReader(f, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def run_rawtop(rawtop, path):
    done = subprocess.run(
        [rawtop, "flows", "-r", path, "-o", "json:-", "--idle-timeout", LONG,
         "--closed-linger", LONG, "--active-timeout", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, records, done.stderr.decode(errors="replace")


def ends_key(proto, a, b):
    return (proto,) + tuple(sorted([a, b]))


def key_text(key):
    return " ".join([key[0]] + [
        "%s:%d" % end if end[1] is not None else end[0] for end in key[1:]])


class Count:
    """Packets, IP bytes and frame bytes, from end `a` and to it."""

    def __init__(self, a, start=0.0, values=None):
        self.a = a
        self.start = start
        self.values = values or [0] * 6

    def add(self, sender, counts):
        at = 0 if sender == self.a else 3
        for i, n in enumerate(counts):
            self.values[at + i] += n

    def equals(self, other, key):
        mine, theirs = self.values, other.values
        flipped = theirs[3:] + theirs[:3]
        # Ends that are equal tell no direction: either way will do.
        if key[1] == key[2]:
            return mine == theirs or mine == flipped
        return mine == (theirs if self.a == other.a else flipped)

    def text(self, a):
        v = self.values if a == self.a else self.values[3:] + self.values[:3]
        return "%d/%d/%d %d/%d/%d" % tuple(v)


class Packet:
    """What the reference says of one packet's innermost IP header."""

    def __init__(self, row):
        self.time = float(row["ts"] or 0)
        self.src, self.dst = row["i_src"], row["i_dst"]
        length = int(row["i_len"] or 0)
        self.counts = (1, length + 40 if row["i_ver"] == "6" else length,
                       int(row["len"]))
        self.l4 = row["l4"]
        self.ports = None
        if row["sport"] and row["dport"]:
            self.ports = (int(row["sport"]), int(row["dport"]))
        self.later = self.first = False
        self.ident = None
        proto = row["i_proto"]
        if row["frag6"] and row["i_ver"] == "6":
            offset, more, self.ident = (
                part.split(";")[-1] for part in row["frag6"].split(","))
            self.later = int(offset) > 0
            self.first = not self.later and more in ("1", "True")
            proto = row["ext6"].rpartition("frag=")[2].split(",")[0]
        elif row["i_ver"] == "4":
            self.ident = row["i_id"]
            self.later = int(row["i_fragoff"] or 0) > 0
            self.first = not self.later and int(row["i_flags"] or 0) & 1
        self.proto = PORTED.get(proto.split(";")[-1])
        self.datagram = (self.src, self.dst, proto, self.ident)


class Reference:
    def __init__(self, base, kind, rel):
        self.tcp, self.udp, self.pairs = {}, {}, {}
        self.carriers = 0
        self.began = {}  # datagram: when, key, sender of its first fragment
        self.segments = {}  # TCP by ends, whatever the conversation
        self.rest = []   # packets without ports
        conv = os.path.join(base, "reference", kind + "-conv", rel)
        self.read_tcp(read_table(conv + ".tcp.tsv"))
        for row in read_table(os.path.join(base, "reference", kind,
                                           rel + ".tsv")):
            if row["i_src"] and row["i_dst"]:
                self.read_packet(Packet(row))
        self.add_short_segments()
        self.check_udp(read_table(conv + ".udp.tsv"))
        self.add_fragments()

    def read_tcp(self, rows):
        for row in rows:
            a = (row["a_addr"], int(row["a_port"]))
            b = (row["b_addr"], int(row["b_port"]))
            count = Count(a, float(row["first_ts"] or 0),
                          [int(row[n]) for n in TABLE])
            key = ends_key("tcp", a, b)
            if a[1] == 0 and b[1] == 0:
                self.udp[key] = count
            else:
                self.tcp.setdefault(key, []).append(count)

    def read_packet(self, p):
        src, dst = (p.src, None), (p.dst, None)
        self.pairs.setdefault(ends_key("pair", src, dst),
                              Count(src)).add(src, p.counts)
        if p.l4 in ("tcp", "udp") and p.ports:
            src, dst = (p.src, p.ports[0]), (p.dst, p.ports[1])
            key = ends_key(p.l4, src, dst)
            seen = self.udp if p.l4 == "udp" else self.segments
            seen.setdefault(key, Count(src, p.time)).add(src, p.counts)
            if p.first:
                self.began[p.datagram] = (p.time, key, src)
        elif p.proto:
            self.rest.append((p, self.began.get(p.datagram)
                              if p.later else None))

    def add_short_segments(self):
        """Too short for the conversation table, but with ports."""
        for key, count in self.segments.items():
            if key not in self.tcp and key not in self.udp:
                self.tcp[key] = [count]

    def check_udp(self, rows):
        """The conversation table's innermost UDP: the same, or a carrier."""
        for row in rows:
            if row["innermost"] != "1":
                continue
            a = (row["a_addr"], int(row["a_port"]))
            b = (row["b_addr"], int(row["b_port"]))
            key = ends_key("udp", a, b)
            want = Count(a, 0, [int(row[n]) for n in TABLE])
            if key in self.udp and want.equals(self.udp[key], key):
                continue
            self.carriers += 1

    def add_fragments(self):
        """Later fragments, and what has no ports at all."""
        for p, began in self.rest:
            if began and p.time - began[0] <= FRAGMENT_LIFE_S:
                when, key, src = began
                if key[0] == "udp":
                    self.udp[key].add(src, p.counts)
                    continue
                first = [c for c in self.tcp.get(key, []) if c.start <= when]
                if first:
                    first[-1].add(src, p.counts)
                    continue
            src = (p.src, 0)
            key = ends_key(p.proto, src, (p.dst, 0))
            self.udp.setdefault(key, Count(src)).add(src, p.counts)


class Ours:
    def __init__(self, records):
        self.tcp, self.udp, self.pairs = {}, {}, {}
        self.idle = set()
        for r in sorted(records, key=lambda r: r["first"]):
            self.read_record(r)

    def read_record(self, r):
        values = [r[n] for n in OURS]
        src, dst = (r["src"], None), (r["dst"], None)
        pair = self.pairs.setdefault(ends_key("pair", src, dst), Count(src))
        pair.add(src, values[:3])
        pair.add(dst, values[3:])
        if r["proto"] not in ("tcp", "udp"):
            return
        src, dst = (r["src"], r["sport"]), (r["dst"], r["dport"])
        key = ends_key(r["proto"], src, dst)
        if r["proto"] == "udp" or (src[1] == 0 and dst[1] == 0):
            flow = self.udp.setdefault(key, Count(src))
            flow.add(src, values[:3])
            flow.add(dst, values[3:])
            return
        flows = self.tcp.setdefault(key, [])
        if key not in self.idle:
            flows.append(Count(src, r["first"]))
        flows[-1].add(src, values[:3])
        flows[-1].add(dst, values[3:])
        self.idle.discard(key)
        if r["end"] == "idle":
            self.idle.add(key)


def compare_lists(key, refs, ours):
    """One text per conversation of one five-tuple that differs."""
    if len(refs) != len(ours):
        return ["%d conversations, reference %d" % (len(ours), len(refs))] * \
            max(len(refs), 1)
    found = []
    for ref, our in zip(sorted(refs, key=lambda c: c.start),
                        sorted(ours, key=lambda c: c.start)):
        if not our.equals(ref, key):
            found.append("%s, reference %s" % (our.text(ref.a),
                                               ref.text(ref.a)))
    return found


def compare(refs, ours):
    """(how many there are in either, those that differ)"""
    found = []
    total = 0
    for key in list(refs) + [k for k in ours if k not in refs]:
        want, have = refs.get(key, []), ours.get(key, [])
        total += max(len(want), 1)
        found += [(key_text(key), text)
                  for text in compare_lists(key, want, have)]
    return total, found


def as_lists(counts):
    return {key: [count] for key, count in counts.items()}


class Totals:
    def __init__(self):
        self.files = self.refused = self.carriers = 0
        self.parts = {"tcp": [0, 0], "udp": [0, 0], "pairs": [0, 0]}


def compare_file(rawtop, base, kind, rel, totals):
    ref = Reference(base, kind, rel)
    status, records, error = run_rawtop(rawtop, os.path.join(base, kind, rel))
    found = []
    if status not in (0, 1, 2):
        return found + [("*", "exit status %d: %s" % (status, error))]
    totals.files += 1
    totals.carriers += ref.carriers
    ours = Ours(records)
    if status == 1:
        totals.refused += 1
        if ref.tcp or ref.udp or ref.pairs:
            found.append(("*", "not read: " + error.splitlines()[0]))
        return found
    for part, want, have in (
            ("tcp", ref.tcp, ours.tcp),
            ("udp", as_lists(ref.udp), as_lists(ours.udp)),
            ("pairs", as_lists(ref.pairs), as_lists(ours.pairs))):
        total, differences = compare(want, have)
        totals.parts[part][0] += total
        totals.parts[part][1] += total - len(differences)
        found += differences
    return found


class Argued:
    """The differences that have a reason; `*` is every one of a file."""

    def __init__(self, path):
        self.why = {}
        self.used = set()
        with open(path) as f:
            for line in f:
                line = line.rstrip("\n")
                if line and not line.startswith("#"):
                    rel, key, why = line.split("\t")
                    self.why[(rel, key)] = why

    def reason(self, rel, key):
        for at in ((rel, key), (rel, "*")):
            if at in self.why:
                self.used.add(at)
                return self.why[at]
        return None

    def gone(self):
        return sorted(set(self.why) - self.used)


def captures(base, kind):
    for folder, _, names in sorted(os.walk(os.path.join(base, kind))):
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name),
                                  os.path.join(base, kind))


def kinds(base):
    """The folders that have a reference of conversations."""
    suffix = "-conv"
    return sorted(name[:-len(suffix)]
                  for name in os.listdir(os.path.join(base, "reference"))
                  if name.endswith(suffix))


def main():
    rawtop, base, argued_path = sys.argv[1:4]
    verbose = "-v" in sys.argv
    argued = Argued(argued_path)
    explained = unexplained = 0
    for kind in kinds(base):
        totals = Totals()
        for rel in captures(base, kind):
            for key, text in compare_file(rawtop, base, kind, rel, totals):
                why = argued.reason(kind + "/" + rel, key)
                explained += why is not None
                unexplained += why is None
                if verbose or why is None:
                    print("\t".join([kind + "/" + rel, key, text] +
                                    (["# " + why] if why else [])))
        print("%s: %d files, %d of them not read" % (kind, totals.files,
                                                     totals.refused))
        for part, (total, equal) in totals.parts.items():
            print("  %-5s %5d  %5d equal  %3d different" %
                  (part, total, equal, total - equal))
        print("  %d rows of innermost UDP in the reference carry something "
              "else" % totals.carriers)
    for at in argued.gone():
        print("argued but not seen: %s %s" % at)
    print("%d differences argued, %d unexplained" % (explained, unexplained))
    return 1 if unexplained or argued.gone() else 0


if __name__ == "__main__":
    sys.exit(main())
