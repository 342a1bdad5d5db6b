# Sends standard input, so many lines a message. Arguments: bind or connect, where, how many.
import itertools, sys, zmq
way, endpoint, lines = sys.argv[1], sys.argv[2], int(sys.argv[3])
with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
    getattr(socket, way)(endpoint)
    while message := b''.join(itertools.islice(sys.stdin.buffer, lines)): socket.send(message.rstrip())
