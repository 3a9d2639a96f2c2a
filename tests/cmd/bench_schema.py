"""bench_schema.py SCHEMA SAMPLES: see tests/cmd/schema and bench_samples.c."""

import copy
import csv
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree

import jsonschema

SITE = "http://h/<b>&amp;\"'\x1b[2J\u202e" + "a" * 300
SVG = "{http://www.w3.org/2000/svg}"

schema_path, samples = sys.argv[1:]
with open(schema_path, encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False


def fail(text):
    global failed
    failed = True
    print(text)


def printed(*arguments):
    output = subprocess.run([samples, *arguments], check=True, stdout=subprocess.PIPE)
    return output.stdout.decode("utf-8")


def refuse_constant(text):
    raise ValueError(f"not JSON: {text}")


def without_twins(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a member twice: {pairs}"
    return members


def fields_of_schema(part, path=()):
    """The paths of what a document may have: ("levels", "latency", "p50")."""
    names = set()
    while "$ref" in part and "properties" not in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    if "$ref" in part:  # a level has what its figures have
        names |= fields_of_schema({"$ref": part["$ref"]}, path)
    for name, property in part.get("properties", {}).items():
        names |= {path + (name,)} | fields_of_schema(property, path + (name,))
    if "items" in part:
        names |= fields_of_schema(part["items"], path)
    return names


def fields_of_document(value, path=()):
    names = set()
    if isinstance(value, dict) and path[-1:] != ("errors",):
        for name, member in value.items():
            names |= {path + (name,)} | fields_of_document(member, path + (name,))
    elif isinstance(value, list):
        for item in value:
            names |= fields_of_document(item, path)
    return names


def without(document, *path):
    document = copy.deepcopy(document)
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return document


def with_value(document, value, *path):
    document = copy.deepcopy(document)
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return document


def row_of(level):
    """A level as CSV has it."""
    row = {"runs": str(len(level["runs"]))}
    for name, value in level.items():
        if name == "runs":
            continue
        for inner, member in value.items() if isinstance(value, dict) else [(None, value)]:
            row[f"{name}_{inner}" if inner else name] = "true" if member is True else str(member)
    return row


def same(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return a == b


# JSON
texts = [printed("json"), printed("json", SITE)]
documents = [
    json.loads(text, object_pairs_hook=without_twins, parse_constant=refuse_constant)
    for text in texts
]
for document in documents:
    for error in validator.iter_errors(document):
        fail(f"not valid: {error.message} at {list(error.absolute_path)}")
wanted = fields_of_schema(schema)
found = set().union(*(fields_of_document(document) for document in documents))
for path in sorted(wanted ^ found):
    fail(f"only the {'schema' if path in wanted else 'document'} has {'.'.join(path)}")

document = documents[0]
for name in ["v", "machine", "site", "levels", "same_urls"]:
    if validator.is_valid(without(document, name)):
        fail(f"valid without {name}")
for name in ["concurrency", "model", "selector", "pages_per_second", "runs", "errors"]:
    if validator.is_valid(without(document, "levels", 0, name)):
        fail(f"valid without {name} of a level")
for value, *path in [
    (2, "v"),
    (None, "knee"),
    (0, "knee"),
    ("1", "usl", "sigma"),
    (-1, "usl", "kappa"),
    (None, "machine", "cpu"),
    (False, "site", "gzip"),
    ("always", "levels", 0, "model"),
    ("libev", "levels", 0, "selector"),
    (0, "levels", 0, "concurrency"),
    (-1, "levels", 0, "latency", "p50"),
    ({}, "levels", 0, "latency"),
    ({"timeout": 0}, "levels", 0, "errors"),
    ({"3xx": 1}, "levels", 0, "errors"),
    (False, "levels", 0, "short_plateau"),
    ("1", "levels", 0, "runs", 0, "pages"),
]:
    if validator.is_valid(with_value(document, value, *path)):
        fail(f"valid with {value} as {path}")

# CSV
text = printed("csv")
if text.count("\r\n") != text.count("\n") or not text.endswith("\r\n"):
    fail("a row of CSV does not end in CR LF")
rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
if len(rows) != len(document["levels"]):
    fail(f"{len(rows)} rows of {len(document['levels'])} levels")
for row, level in zip(rows, document["levels"]):
    expected = row_of(level)
    for name in row.keys() | expected.keys():
        value = expected.get(name, "0" if name.startswith("errors_") else "")
        if not same(row.get(name, "no column"), value):
            fail(f"{name} is {row.get(name)} in CSV, {value} in JSON")

# SVG
for text, curves in [(printed("svg"), document), (printed("svg", SITE), document)]:
    picture = xml.etree.ElementTree.fromstring(text)
    elements = {element.tag.removeprefix(SVG) for element in picture.iter()}
    if elements - {"svg", "title", "desc", "style", "rect", "text", "g", "path", "circle"}:
        fail(f"SVG has {elements}")
    words = [element.text for element in picture.iter(f"{SVG}text")]
    for curve in curves["curves"]:
        if f"{curve['model']} on {curve['selector']}" not in words:
            fail(f"SVG does not name {curve}")
    for element in picture.iter():
        for name, value in element.attrib.items():
            if name not in ("class", "role") and re.search("[a-z]{2}", value):
                fail(f"SVG has {name}={value}")
if not any(word.startswith("http://h/<b>&amp;\"'\ufffd[2J\ufffdaaa") for word in words):
    fail(f"SVG does not name the site: {words}")

print(f"{len(wanted)} fields of a benchmark, {len(rows)} levels")
sys.exit(failed)
