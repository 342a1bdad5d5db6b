# A client of RELP with odd manners: relp-client.py PORT. It says in JSON what it was told each time.
import json, socket, sys

OFFERS = b'relp_version=0\nrelp_software=python,1\ncommands=syslog'

def frame(number, command, data=b''):
    return b'%d %s %d' % (number, command, len(data)) + (b' ' + data if data else b'') + b'\n'

def connect():
    connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=20)
    return connection, connection.makefile('rb')

def answer(stream):
    number, command, length = stream.readline().split(b' ', 2)
    length, _, data = length.partition(b' ')
    missing = int(length) - len(data) + 1 if data else 0
    data += stream.read(missing)
    return [int(number), command.decode(), data.decode().split('\n')[0]]

def session():
    connection, stream = connect()
    connection.sendall(frame(1, b'open', OFFERS))
    assert answer(stream) == [1, 'rsp', '200 OK']
    return connection, stream

told = {}

# A window of one; the numbers begin again behind the greatest.
connection, stream = session()
told['one at a time'] = []
for number in [2, 3, 999999998, 999999999, 1, 2]:
    connection.sendall(frame(number, b'syslog', b'window of one'))
    told['one at a time'].append(answer(stream)[0])

# Octet by octet.
for octet in frame(3, b'syslog', b'octet by octet\n') + frame(4, b'close'): connection.sendall(bytes([octet]))
told['octet by octet'] = [answer(stream), answer(stream), stream.read().decode()]

# Ten thousand before the first answer is read.
connection, stream = session()
connection.sendall(b''.join(frame(number, b'syslog', b'pipelined') for number in range(2, 10002)))
told['pipelined'] = [answer(stream)[0] for _ in range(10000)] == list(range(2, 10002))

# Gone without a look at the answers.
connection, stream = session()
connection.sendall(b''.join(frame(number, b'syslog', b'gone') for number in range(2, 102)))
connection.close()

# Two good ones, then none.
connection, stream = session()
connection.sendall(frame(2, b'syslog', b'good') + frame(3, b'syslog', b'good') + b'4 syslog x bad\n')
told['then none'] = [answer(stream), answer(stream), stream.read().decode()]
print(json.dumps(told))
