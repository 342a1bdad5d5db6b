# JSON objects, one a message, go in and become documents. Arguments: where to connect, the URL of the index.
import json
import sys
import urllib.request
import zmq

pull = zmq.Context().socket(zmq.PULL)
pull.connect(sys.argv[1])
count = 0
while True:
    documents = [pull.recv()]
    while len(documents) < 500 and pull.poll(20):
        documents.append(pull.recv())
    body = b''.join(b'{"index":{}}\n%s\n' % document for document in documents)
    request = urllib.request.Request(sys.argv[2] + '/_bulk', body, {'Content-Type': 'application/x-ndjson'})
    if json.load(urllib.request.urlopen(request))['errors']:
        sys.exit('a document was refused')
    count += len(documents)
    print(count, flush=True)
