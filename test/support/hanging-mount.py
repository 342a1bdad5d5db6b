"""Mounts a file system whose server never answers what it is asked, and runs a program beside it, which cannot help but see it.

hanging-mount.py FOLDER PROGRAM ARGUMENT...    (as root, in a mount namespace of its own: unshare --mount)
"""

import ctypes
import os
import signal
import struct
import sys

INIT = 26
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)
folder, *command = sys.argv[1:]
server = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other"
if libc.mount(b"nobody:/", folder.encode(), b"fuse.nobody", 0, options.encode()) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")

if os.fork() > 0:
    os.close(server)
    os.execvp(command[0], command)

# When the program ends, the kernel gives up what waits for the server.
libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
while True:
    request = os.read(server, 1 << 20)
    _, opcode, unique = struct.unpack_from("<IIQ", request)
    if opcode == INIT:
        answer = struct.pack("<IIIIHHI", 7, 31, 4096, 0, 1, 1, 4096).ljust(64, b"\0")
        os.write(server, struct.pack("<IiQ", 16 + len(answer), 0, unique) + answer)
