# Publishes each line of standard input, `TOPIC {JSON}`, as soon as somebody has subscribed. Arguments: bind or connect, where,
# joined or frames, json or msgpack.
import json, msgpack, sys, zmq
way, endpoint, form, encoding = sys.argv[1:]
with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
    socket.sndhwm = 100_000
    getattr(socket, way)(endpoint)
    socket.recv()
    for line in sys.stdin.buffer:
        topic, payload = line.rstrip(b'\n').split(b' ', 1)
        if encoding == 'msgpack': payload = msgpack.packb(json.loads(payload))
        socket.send_multipart([topic + b' ' + payload] if form == 'joined' else [topic, payload])
    # A SUB that has seen all of it says so by leaving.
    socket.recv()
