import json, sys, zmq
socket = zmq.Context().socket(zmq.PULL)
socket.connect(sys.argv[1])
while True:
    for line in socket.recv().splitlines(): print(json.loads(line)['message'], flush=True)
