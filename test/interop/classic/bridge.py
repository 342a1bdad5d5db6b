# UDP datagrams go in, each leaves bare as one ZeroMQ message. Arguments: where to bind.
import socket
import sys
import zmq

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
udp.bind(('127.0.0.1', 0))
push = zmq.Context().socket(zmq.PUSH)
push.bind(sys.argv[1])
print(udp.getsockname()[1], push.get_string(zmq.LAST_ENDPOINT), flush=True)
count = 0
while True:
    push.send(udp.recv(65535))
    count += 1
    print(count, flush=True)
