"""schema.py SCHEMA SAMPLES SKITTER: see tests/cmd/schema and record_samples.c."""

import json
import subprocess
import sys

import jsonschema

NO_RECORDS = [
    {},
    {"v": 1},
    {"v": 1, "type": "page"},
    {"v": 1, "type": "other", "url": "http://h/"},
    {"v": 2, "type": "url", "url": "http://h/"},
    {"v": 1, "type": "page", "url": "http://h/", "status": "200"},
    {"v": 1, "type": "page", "url": "http://h/", "status": None},
    {"v": 1, "type": "page", "url": "http://h/", "truncated": False},
    {"v": 1, "type": "page", "url": "http://h/", "error": "other"},
    {"v": 1, "type": "page", "url": "http://h/", "time": {"dns": "0.1"}},
    {"v": 1, "type": "refused", "url": "http://h/", "verdict": "follow"},
    {"v": 1, "type": "link", "from": "http://h/"},
]


def fields_of(definition):
    """The names of what a record of the schema has: "time.dns" is dns in the object time."""
    names = set()
    for name, property in definition["properties"].items():
        inner = property.get("properties", {})
        names |= {f"{name}.{n}" for n in inner} if inner else {name}
    return names - {"v", "type"}


def without_twins(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a member twice: {pairs}"
    return members


def refuse_constant(text):
    raise ValueError(f"not JSON: {text}")


def crawl(skitter):
    """What it prints of the hostile site that it serves itself."""
    server = subprocess.Popen([skitter, "serve", "--hostile"], stdout=subprocess.PIPE, text=True)
    streams = "found,visited,edges,refused,external,broken-links"
    limits = ["-n", "200", "--max-time", "1", "--retry", "0", "--duration", "60"]
    try:
        url = server.stdout.readline().strip()
        command = [skitter, "-q", "--json", "--print", streams, *limits, url]
        output = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    finally:
        server.terminate()
        server.wait()
    return output.stdout.decode("utf-8").splitlines()


schema_path, samples, skitter = sys.argv[1:]
with open(schema_path, encoding="utf-8") as file:
    schema = json.load(file, object_pairs_hook=without_twins)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

printed = subprocess.run([samples], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
table, records = printed.split("\n\n")
failed = False

types = {ref["$ref"].rsplit("/", 1)[1] for ref in schema["oneOf"]}
wanted = {(type, field) for type in types for field in fields_of(schema["$defs"][type])}
for type, field in sorted(wanted ^ {tuple(line.split("\t")) for line in table.split("\n")}):
    failed = True
    print(f"{type}: only the {'schema' if (type, field) in wanted else 'table'} has {field}")

lines = records.splitlines()
crawled = crawl(skitter)
for line in lines + crawled:
    record = json.loads(line, object_pairs_hook=without_twins, parse_constant=refuse_constant)
    for error in validator.iter_errors(record):
        failed = True
        print(f"not valid: {line}\n{error.message}: {[e.message for e in error.context]}")
for record in NO_RECORDS:
    if validator.is_valid(record):
        failed = True
        print(f"valid: {record}")
missing = types - {json.loads(line)["type"] for line in crawled}
if missing:
    failed = True
    print(f"the crawl printed none of {missing}")
print(f"{len(wanted)} fields, {len(lines)} samples, {len(crawled)} records of a crawl")
sys.exit(failed)
