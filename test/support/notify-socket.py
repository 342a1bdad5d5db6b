# Stands in for systemd: prints what comes to a datagram socket at this path (@name for an abstract one), one JSON list a message.
import json
import socket
import sys

path = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind('\0' + path[1:] if path.startswith('@') else path)
print(json.dumps([]), flush=True)
while True:
    print(json.dumps(receiver.recv(65536).decode().split('\n')), flush=True)
