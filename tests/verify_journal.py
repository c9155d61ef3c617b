#!/usr/bin/env python3
"""Verifies a journal of Lifeboat without Lifeboat: Python's standard library and assets/journal-format.md are enough.

    verify_journal.py FILE [SEQ:HASH]

FILE is a journal that no console is writing to, or what `lifeboat journal export` printed. SEQ:HASH is a head that was
noted earlier: it proves that nothing was cut off. The head of a file that FILE continues is in FILE, too. Prints what it finds; ends with 0 (good), 1 (bad) or 3 (wrong input).
"""

import hashlib
import json
import os
import shutil
import sqlite3
import struct
import sys
import tempfile

COLUMNS = ["seq", "incident", "recorded", "happened", "who", "console", "kind", "version", "body", "prev"]


def field(kind, data):
    return kind.encode() + struct.pack(">Q", len(data)) + data


def text(value):
    return field("t", value.encode())


def sha256(*fields):
    return hashlib.sha256(b"".join(fields)).hexdigest()


def from_journal(path):
    """Rows of `meta`, and of each record its fields as encoded for the hash, its prev and its hash."""
    kinds = {"null": "n", "integer": "i", "real": "r", "text": "t", "blob": "b"}
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy.db")
        shutil.copyfile(path, copy)
        if os.path.exists(path + "-wal"):
            shutil.copyfile(path + "-wal", copy + "-wal")
        db = sqlite3.connect(copy)
        meta = dict(db.execute("SELECT name, value FROM meta"))
        asked = ", ".join(f"typeof({c}), CAST({c} AS BLOB), {c}" for c in COLUMNS)
        records = []
        for row in db.execute(f"SELECT {asked}, hash FROM records NOT INDEXED ORDER BY seq"):
            fields = []
            for i in range(len(COLUMNS)):
                kind, data, value = row[3 * i : 3 * i + 3]
                if kind == "real":
                    data = struct.pack(">d", value)
                fields.append(field(kinds[kind], data or b""))
            said = dict(zip(COLUMNS, row[2:-1:3]))
            records.append((said["seq"], fields, said["prev"], row[-1], said["kind"], said["body"]))
        db.close()
    return meta, records


def from_export(path):
    meta, records, last = {}, [], None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            last = json.loads(line)
            if "journal" in last:
                meta = last["journal"]
            elif "seq" in last:
                fields = []
                for column in COLUMNS:
                    value = last[column]
                    if value is None:
                        fields.append(field("n", b""))
                    elif isinstance(value, int):
                        fields.append(field("i", str(value).encode()))
                    else:
                        fields.append(text(value))
                records.append((last["seq"], fields, last["prev"], last["hash"], last["kind"], last["body"]))
    return meta, records, (last or {}).get("head")


def verify(meta, records, head):
    start = sha256(text("lifeboat-journal-meta-1"), *(text(t) for name in sorted(meta) if name != "start" for t in (name, meta[name])))
    if meta.get("start") != start:
        yield "the meta does not match the start"
    heads = {0: meta.get("start")}
    seq, before = 0, meta.get("start")
    for number, fields, prev, stored, kind, body in records:
        if number != seq + 1:
            yield f"record {number} follows {seq}"
        if prev != before:
            yield f"record {number} does not chain on to the one before it"
        if stored != sha256(text("lifeboat-journal-record-1"), *fields):
            yield f"record {number} does not match its hash"
        if kind == "journal_continued":
            named = json.loads(body)["journal_continued"]["head"]
            if named != f"{seq}:{before}":
                yield f"record {number} says that the journal goes on after {named}, but stands on record {seq}"
        seq, before = number, stored
        heads[seq] = stored
    if head:
        wanted, _, hash_ = head.partition(":")
        if heads.get(int(wanted)) != hash_:
            yield f"the head {head} is not in it: records were cut off, or written anew"


def main(arguments):
    if len(arguments) not in (1, 2) or not os.path.isfile(arguments[0]):
        print(__doc__, file=sys.stderr)
        return 3
    path, given = arguments[0], arguments[1] if len(arguments) == 2 else None
    with open(path, "rb") as file:
        is_journal = file.read(16) == b"SQLite format 3\0"
    findings = []
    try:
        if is_journal:
            meta, records = from_journal(path)
        else:
            meta, records, own = from_export(path)
            if own is None:
                findings.append("its last line is not the head: it was cut off")
            else:
                findings.extend(verify(meta, records, own))
        if given or is_journal:
            findings.extend(verify(meta, records, given))
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        findings.append(f"it cannot be read: {error!r}")
    for finding in findings:
        print(finding)
    if findings:
        return 1
    head = f"{records[-1][0]}:{records[-1][3]}" if records else f"0:{meta['start']}"
    print(f"good: {len(records)} records, head {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
