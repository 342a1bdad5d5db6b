"""Mounts a file system whose server never answers what it is asked, with another one below it, and runs a program beside them, which
cannot help but see them.

hanging-mount.py FOLDER PROGRAM ARGUMENT...    (as root, in a mount namespace of its own: unshare --mount)
"""

import ctypes
import os
import select
import signal
import struct
import sys

LOOKUP = 1
INIT = 26
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)
folder, *command = sys.argv[1:]
server = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other"
if libc.mount(b"nobody:/", folder.encode(), b"fuse.nobody", 0, options.encode()) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")

mounted, told = os.pipe()
if os.fork() > 0:
    os.close(server)
    below = f"{folder}/below".encode()
    if libc.mount(b"near", below, b"tmpfs", 0, b"size=1m") != 0:
        sys.exit(f"mount below: {os.strerror(ctypes.get_errno())}")
    # Neither is inherited: from now on the server is silent.
    os.execvp(command[0], command)
os.close(told)

# When the program ends, the kernel gives up what waits for the server.
libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
waiting = [server, mounted]
while True:
    ready, _, _ = select.select(waiting, [], [])
    if mounted in ready:
        waiting = [server]
    if server not in ready:
        continue
    request = os.read(server, 1 << 20)
    _, opcode, unique = struct.unpack_from("<IIQ", request)
    if opcode == INIT:
        answer = struct.pack("<IIIIHHI", 7, 31, 4096, 0, 1, 1, 4096).ljust(64, b"\0")
    elif opcode == LOOKUP and len(waiting) == 2:
        # A folder with the inode 2, which nobody is to remember (struct fuse_entry_out).
        entry, attributes = (2, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
        answer = struct.pack("<4Q2I6Q10I", *entry, *attributes)
    else:
        continue
    os.write(server, struct.pack("<IiQ", 16 + len(answer), 0, unique) + answer)
