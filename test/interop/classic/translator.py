# Raw syslog goes in, one JSON object of strings a message goes out. Arguments: where to connect, where to bind.
import re
import sys
import zmq

LINE = re.compile(
    r'<(?P<priority>\d+)>(?P<timestamp>\w{3} [ \d]\d [\d:]{8}) (?P<host>\S+) '
    r'(?P<program>[^\s\[]+)\[(?P<pid>\d+)\]: (?P<message>.*)'
)
context = zmq.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.connect(sys.argv[1])
push.bind(sys.argv[2])
print(push.get_string(zmq.LAST_ENDPOINT), flush=True)
while True:
    push.send_json(LINE.fullmatch(pull.recv_string()).groupdict())
