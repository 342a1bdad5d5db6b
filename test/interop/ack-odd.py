# A consumer that keeps to docs/protocol.md and is odd otherwise: a small window, a small `max`, acknowledgements in
# reverse, twice, with numbers that nobody has sent, and, at first, none at all: those batches come again to its next session.
# Arguments: where to connect, how many records will come. Prints what it has seen, and exits.
import json, sys, uuid, zmq

endpoint, count = sys.argv[1].removeprefix('ack+'), int(sys.argv[2])
CREDIT, MAX, HELD, LINE = 40_960, 8_192, 3, str(uuid.uuid4())
context = zmq.Context()
seen = {'again': [], 'same': True, 'largest': 0, 'most': 0, 'senders': [], 'messages': [], 'sessions': 0}
got, done = {}, set()  # {number: lines}, numbers that were acknowledged

def sessions(stay):
    """Frames of a session, for as long as `stay` says so of the batches that wait."""
    with context.socket(zmq.DEALER) as socket:
        socket.linger, socket.rcvtimeo = 1000, 20_000
        socket.connect(endpoint)
        send = lambda control: socket.send(json.dumps(control).encode())
        send({'hello': 1, 'role': 'pull', 'credit': CREDIT, 'max': MAX, 'line': LINE, 'future': [None]})
        hello = json.loads(socket.recv())
        assert (hello['hello'], hello['role']) == (1, 'push'), hello
        seen['senders'].append(hello['sender'])
        seen['sessions'] += 1
        waiting = {}
        while stay(waiting):
            frame = socket.recv()
            line, _, lines = frame.partition(b'\n')
            control = json.loads(line)
            if 'alive' in control: send({'ack': []})
            number = control.get('batch')
            if number is None: continue
            if number in got:
                seen['again'].append(number)
                seen['same'] = seen['same'] and got[number] == lines
            else: seen['messages'] += [json.loads(each)['message'] for each in lines.splitlines()]
            got[number] = lines
            waiting[number] = len(frame)
            seen['largest'] = max(seen['largest'], len(frame))
            seen['most'] = max(seen['most'], sum(max(size, 1024) for size in waiting.values()))
            yield send, waiting

# Takes as much as the window holds, and says nothing.
for send, waiting in sessions(lambda waiting: len(waiting) < HELD): pass
# Another session of the same line, while the first may still look alive.
for send, waiting in sessions(lambda waiting: len(seen['messages']) < count or waiting):
    if len(waiting) < HELD and len(seen['messages']) < count: continue
    numbers = sorted(waiting, reverse=True)
    receipts = [[number, {'stored': len(got[number].splitlines())}] for number in numbers]
    # Nonsense is no receipt, and what adds up to nothing is all stored.
    receipts[0][1] = {'stored': 1_000_000}
    send({'ack': [*receipts, *numbers, 1_000_000, [2_000_000, {'sent': 1}]], 'unknown': {}})
    send({'future': True})
    send({'ack': [*done, *numbers], 'credit': CREDIT})
    done.update(numbers)
    waiting.clear()
print(json.dumps(seen))
context.term()
