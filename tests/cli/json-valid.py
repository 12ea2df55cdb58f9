# Checks lines of JSON against the schema that is installed, and that what they hold is
# described there: json-valid.py SCHEMA KINDS <LINES prints what is wrong.
import json
import sys

import jsonschema


def closed(node):
    """Has the schema refuse what it does not describe."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        node["additionalProperties"] = False
    return node


schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
strict = closed(schema)
rows = [json.loads(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()]
kinds = " ".join(dict.fromkeys(row.get("kind", "?") for row in rows))
if kinds != sys.argv[2]:
    print("the kinds are:", kinds)
for row in rows:
    if row.get("kind") not in schema["definitions"]:
        print("no such kind:", row.get("kind"))
        continue
    one = {"$ref": "#/definitions/" + row["kind"], "definitions": strict["definitions"]}
    for problem in jsonschema.Draft7Validator(one).iter_errors(row):
        print("/".join(map(str, problem.absolute_path)) or ".", problem.message[:200])
    jsonschema.Draft7Validator(schema).validate(row)
