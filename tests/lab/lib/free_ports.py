#!/usr/bin/env python3
"""free_ports.py FOLDER COUNT: prints COUNT free ports of 127.0.0.1.

Tests start servers side by side, and a server binds its port only some time
after it was chosen. So each port is reserved by a file in FOLDER for two
minutes, and none is taken from the kernel's ephemeral range, where any
outgoing connection could occupy it in between.
"""

import os
import random
import socket
import sys
import time

FIRST, LAST = 15000, 31999
RESERVED_SECONDS = 120


def reserve(folder, port):
    path = os.path.join(folder, str(port))
    try:
        if time.time() - os.stat(path).st_mtime < RESERVED_SECONDS:
            return False
        os.unlink(path)
    except FileNotFoundError:
        pass
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    candidates = random.sample(range(FIRST, LAST + 1), 2000)
    found = []
    for port in candidates:
        if len(found) == count:
            break
        if is_free(port) and reserve(folder, port):
            found.append(str(port))
    if len(found) < count:
        sys.exit(f"no {count} free ports between {FIRST} and {LAST}")
    print(*found)


main()
