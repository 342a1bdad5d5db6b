"""Hashes as Python's calendar and its time zones have them. Reads {"zone", "keys", "sums", "distincts"}, then an event a line."""
import json
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

lines = iter(sys.stdin)
wanted = json.loads(next(lines))
zone = ZoneInfo(wanted["zone"])
hashes = {}
seen = set()


def add(key, time, amount, visitor=None):
    parts = time.strftime("%Y %m %d %H %M").split()
    for level in range(1, 5):
        name = "/".join([key, *parts[:level]])
        field = parts[level]
        if visitor is not None:
            amount = 0 if (name, field, visitor) in seen else 1
            seen.add((name, field, visitor))
        fields = hashes.setdefault(name, {})
        fields[field] = fields.get(field, 0) + amount


for line in lines:
    event = json.loads(line)
    words = {"type": event["type"], **event["data"]}
    moment = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    local = moment.astimezone(timezone.utc).astimezone(zone)
    for key in wanted["keys"]:
        add(key.format(**words), local, 1)
    for key in wanted["sums"]:
        add(key.format(**words), local, words["amount"])
    for key in wanted["distincts"]:
        add(key.format(**words), local, 1, words["visitor"])

print(json.dumps({name: {field: str(n) for field, n in fields.items()} for name, fields in hashes.items()}))
