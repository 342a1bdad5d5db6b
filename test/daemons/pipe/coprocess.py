# A command for sluice-pipe that does what the message of each record says.
import json, os, sys, time


def write(line):
    print(line, flush=True)


for line in sys.stdin:
    record = json.loads(line)
    what, _, rest = str(record.get("message", "")).partition(" ")
    if what == "die":
        print("about to die of", rest, file=sys.stderr, flush=True)
        os._exit(3)
    elif what == "hang":
        time.sleep(1000)
    elif what == "split":
        write(json.dumps([{"part": part} for part in rest.split()]))
    elif what == "drop":
        write("null")
    elif what == "stray":
        write("a line for somebody else")
        write(line.strip())
    elif what == "twice":
        write(line.strip())
        write(line.strip())
    elif what == "silent":
        pass
    elif what == "nan":
        record["number"] = float("nan")
        write(json.dumps(record))
    elif what == "bare":
        write('{"number": NaN}')
    elif what == "log":
        write("[INFO] loading")
        write(line.strip())
    elif what == "latin1":
        sys.stdout.buffer.write(line.strip().replace("latin1", "caf\xe9").encode("latin1") + b"\n")
        sys.stdout.buffer.flush()
    elif what == "close":
        os.close(1)
        time.sleep(1000)
    elif what == "environment":
        write(json.dumps({"names": sorted(os.environ)}))
    elif what == "forge":
        write(json.dumps({"message": "forged", "@meta": {"id": "forged", "peer": "me", "dead": {}}}))
    else:
        record["seen"] = True
        write(json.dumps(record))
