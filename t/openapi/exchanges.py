#!/usr/bin/python3

"""exchanges.py DOCUMENT FOLDER [--text]: does what was recorded fit the
document?

FOLDER holds files *.jsonl of Polycard::Record, a line an exchange: an answer
of a service with its request, or a hook.  Prints one JSON object:

    checked   how many exchanges were of the document's
    seen      of which kind, such as "getClient 404" or "post bonuses changed"
    faults    a sentence each

or, with --text, the faults or one line; the exit status is 1 if there are any.
"""

import collections
import glob
import json
import re
import sys
import urllib.parse
from decimal import Decimal

from document import Document

JSON = "application/json"
LINES = "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
METHODS = ("get", "put", "post", "patch", "delete")


def exact_json(text):
    """JSON as the document counts: exact, nothing twice, no NaN."""
    def pairs(items):
        if len(dict(items)) != len(items):
            raise ValueError("a name twice")
        return dict(items)

    def constant(name):
        raise ValueError(name)

    return json.loads(text, parse_float=Decimal, parse_constant=constant,
                      object_pairs_hook=pairs)


def pairs(text):
    """A query or a form, recorded as bytes."""
    return dict(urllib.parse.parse_qsl(
        text.encode("latin-1").decode("utf-8"),
        keep_blank_values=True, errors="strict"))


def scalar(schema, text):
    """A header or a parameter as the type that the schema wants."""
    try:
        return int(text) if schema.get("type") == "integer" else text
    except ValueError:
        return text


class Checker:

    def __init__(self, path):
        self.document = Document(path)
        self.hooks = self.document.root.get("webhooks")
        self.paths = self.patterns()

    def patterns(self):
        """What a path looks like, and what may be done there; those with the
        fewest parameters first."""
        (server,) = self.document.root["servers"]
        base = urllib.parse.urlsplit(server["url"]).path
        paths = self.document.root["paths"]

        return [(re.compile(re.escape(base)
                            + re.sub(r"\{\w+\}", "[^/]+", path)),
                 {name: one for name, one in paths[path].items()
                  if name in METHODS})
                for path in sorted(paths, key=lambda path: path.count("{"))]

    def check(self, exchange):
        """(what it is, its faults), or None where it is none of ours."""
        if exchange["kind"] == "hook":
            return self.check_hook(exchange) if self.hooks else None

        for pattern, operations in self.paths:
            if pattern.fullmatch(exchange["path"]) and exchange["status"]:
                return self.check_answer(operations, exchange)

        return None

    # The services

    def check_answer(self, operations, exchange):
        method = exchange["method"].lower().replace("head", "get")
        status = str(exchange["status"])

        # a method that there is not is refused as all of them refuse it

        operation = operations.get(method, next(iter(operations.values())))
        service = operation["operationId"]
        what = f"{service} {status}"
        responses = operation["responses"]

        if status not in responses and not status.startswith(("4", "5")):
            return what, [f"status {status} is not documented"]

        if status not in responses:
            what = f"{service} default"

        response = self.document.resolve(
            responses.get(status, responses["default"]))
        found = self.headers(response.get("headers", {}), exchange["headers"])

        if exchange["method"] == "HEAD":
            if exchange["body"]:
                found.append("HEAD has a body")
        else:
            found += self.body(response.get("content"), exchange)

        if status in ("200", "201") and not found:
            found += self.request(operation, exchange)

        return what, found

    def headers(self, documented, headers):
        found = []
        given = collections.defaultdict(list)

        for name, value in headers:
            given[name.lower()].append(value)

        for name, header in documented.items():
            header = self.document.resolve(header)
            values = given[name.lower()]

            if header.get("required") and len(values) != 1:
                found.append(f"{name} comes {len(values)} times")

            for value in values:
                found += [f"{name}{fault}" for fault in self.document.faults(
                    header["schema"], scalar(header["schema"], value))]

        return found

    def body(self, content, exchange):
        types = [value for name, value in exchange["headers"]
                 if name.lower() == "content-type"]

        if content is None:
            return ["there is a body"] if types or exchange["body"] else []

        if types != list(content):
            return [f"Content-Type is {types}"]

        schema = content[types[0]]["schema"]

        if types == [LINES]:
            return self.lines(schema, exchange["body"])

        return self.json(schema, exchange["body"])

    def lines(self, schema, text):
        """NDJSON: the schema is that of a line."""
        return [fault for line in text.split("\n") if line
                for fault in self.json(schema, line)]

    def json(self, schema, text):
        try:
            value = exact_json(text.encode("latin-1").decode("utf-8"))
        except ValueError as error:
            return [f"no JSON: {error}"]

        return self.document.faults(schema, value)

    # A request that was answered with 200 is a documented one

    def request(self, operation, exchange):
        found = []
        request = exchange["request"]
        query = pairs(request["query"])

        for parameter in self.parameters(operation, "query"):
            text = query.get(parameter["name"])

            if text is not None:
                found += self.document.faults(
                    parameter["schema"], scalar(parameter["schema"], text))

        body = operation.get("requestBody")
        kind = request.get("type", "").split(";")[0].lower()

        if not body or not request["body"]:
            pass
        elif kind == LINES:
            found += self.done(body["content"][LINES]["schema"], exchange)
        elif kind.endswith("json") and kind in body["content"]:
            found += self.json(body["content"][kind]["schema"],
                               request["body"])
        elif kind == FORM:
            found += self.document.faults(body["content"][FORM]["schema"],
                                          pairs(request["body"]))

        return [f"request: {fault}" for fault in found]

    def done(self, schema, exchange):
        """Of a batch those lines are documented ones that were done."""
        lines = exchange["request"]["body"].split("\n")
        answers = map(exact_json, filter(None, exchange["body"].split("\n")))

        return [fault for answer in answers if answer["status"] == "OK"
                for fault in self.json(schema, lines[answer["line"] - 1])]

    # Hooks

    def check_hook(self, hook):
        method = hook["method"].lower()
        text = hook["query"] if method == "get" else hook["body"]
        kind = dict((name.lower(), value)
                    for name, value in hook["headers"]).get("content-type")
        encoding = "get" if method == "get" else kind

        try:
            if encoding == JSON:
                value = exact_json(text.encode("latin-1").decode("utf-8"))
            else:
                value = pairs(text)

            operation = self.hooks[value["object"]][method]
        except (ValueError, KeyError) as error:
            return "hook", [f"not a hook: {error!r}"]

        found = self.hook_headers(operation, hook["headers"])
        what = f"{encoding} {value['object']} {value.get('action')}"

        if method == "get":
            return what, found + self.hook_query(operation, value)

        if kind not in operation["requestBody"]["content"]:
            return what, found + [f"Content-Type is {kind}"]

        schema = self.document.resolve(
            operation["requestBody"]["content"][kind]["schema"])

        return what, found + self.document.faults(schema, value) \
            + self.content(schema, value)

    def parameters(self, operation, place):
        resolved = map(self.document.resolve,
                       operation.get("parameters", []))

        return [one for one in resolved if one["in"] == place]

    def hook_headers(self, operation, headers):
        return self.headers({one["name"]: one for one in
                             self.parameters(operation, "header")}, headers)

    def hook_query(self, operation, query):
        found = []
        query = dict(query)

        for one in self.parameters(operation, "query"):
            text = query.pop(one["name"], None)

            if text is None:
                found.append(f"{one['name']} is missing")
            elif "content" in one:
                found += self.embedded(one["content"][JSON]["schema"], text)
            else:
                found += self.document.faults(one["schema"], text)

        return found + [f"{name} is not documented" for name in query]

    def content(self, schema, value):
        """What stands as JSON inside of a string."""
        found = []

        for name, one in schema.get("properties", {}).items():
            if "contentSchema" in one and name in value:
                found += self.embedded(one["contentSchema"], value[name])

        return found

    def embedded(self, schema, text):
        return self.json(schema, text.encode("utf-8").decode("latin-1"))


def check_folder(path, folder):
    checker = Checker(path)
    seen = collections.Counter()
    faults = []

    for name in sorted(glob.glob(f"{folder}/*.jsonl")):
        with open(name, encoding="latin-1") as file:
            for line in file:
                exchange = json.loads(line)
                checked = checker.check(exchange)

                if checked:
                    what, found = checked
                    seen[what] += 1
                    faults += [f"{exchange['test']}: {what}: {fault}"
                               for fault in found]

    return {"checked": sum(seen.values()), "seen": seen, "faults": faults}


def main(path, folder, option=None):
    result = check_folder(path, folder)

    if option != "--text":
        print(json.dumps(result))
    elif result["faults"]:
        print("Not as", path, "says:", *result["faults"], sep="\n    ")
        sys.exit(1)
    else:
        print(f"{result['checked']} answers and hooks are as {path} says.")


if __name__ == "__main__":
    main(*sys.argv[1:])
