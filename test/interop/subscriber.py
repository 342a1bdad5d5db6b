# Prints what is published: the topic, and the event as JSON. Arguments: bind or connect, where, joined or frames, what to subscribe to.
import json, msgpack, sys, zmq
way, endpoint, form, *prefixes = sys.argv[1:]
with zmq.Context() as context, context.socket(zmq.SUB) as socket:
    socket.rcvhwm = 100_000
    for prefix in prefixes or ['']: socket.subscribe(prefix)
    getattr(socket, way)(endpoint)
    while True:
        if form == 'joined': topic, payload = socket.recv().split(b' ', 1)
        else: topic, payload = socket.recv_multipart()
        event = json.loads(payload) if payload[:1] == b'{' else msgpack.unpackb(payload)
        print(topic.decode(), json.dumps(event), flush=True)
