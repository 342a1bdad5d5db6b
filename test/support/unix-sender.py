# Sends to a unix socket what Node cannot. Arguments: what, the path (@name for an abstract one), and what `what` asks for.
import os
import socket
import sys

what, path, *rest = sys.argv[1:]
address = '\0' + path[1:] if path.startswith('@') else path


def connected(kind):
    made = socket.socket(socket.AF_UNIX, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    made.connect(address)
    return made


if what == 'datagrams':
    # Each line of standard input, decoded as a literal of bytes, is one.
    sender = connected(socket.SOCK_DGRAM)
    for line in sys.stdin:
        sender.send(eval(line))
elif what == 'descriptors':
    sender = connected(socket.SOCK_DGRAM)
    for _ in range(int(rest[0])):
        socket.send_fds(sender, [b'<13>with a descriptor'], [0, 1, 2])
elif what == 'stream':
    sender = connected(socket.SOCK_STREAM)
    sender.sendall(sys.stdin.buffer.read())
elif what == 'burst':
    # So many datagrams of so many processes at once; they wait when they have to.
    count, processes = int(rest[0]), int(rest[1])
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            sender = connected(socket.SOCK_DGRAM)
            for n in range(count):
                sender.send(b'<13>Oct 11 22:14:15 app[%d]: number %d' % (os.getpid(), n))
            os._exit(0)
        children.append(child)
    if any([os.waitpid(child, 0)[1] for child in children]):
        sys.exit(1)
elif what == 'flood':
    # Until one more would have to wait. Prints how many there were.
    sender = connected(socket.SOCK_DGRAM)
    sender.setblocking(False)
    sent = 0
    try:
        while True:
            sender.send(b'<13>number %d' % sent)
            sent += 1
    except BlockingIOError:
        print(sent)
print(os.getpid())
