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
import sys
import urllib.parse
from decimal import Decimal

from document import Document

PATH = "/api/v1/web_service/"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


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
        self.services = {path[1:]: operations for path, operations
                         in self.document.root["paths"].items()}
        self.hooks = self.document.root["webhooks"]

    def check(self, exchange):
        """(what it is, its faults), or None where it is none of ours."""
        if exchange["kind"] == "hook":
            return self.check_hook(exchange)

        service = exchange["path"].removeprefix(PATH)

        if service not in self.services or not exchange["status"]:
            return None

        return self.check_answer(service, exchange)

    # The services

    def check_answer(self, service, exchange):
        (operation,) = self.services[service].values()
        status = str(exchange["status"])
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
            found += self.body(response["content"], exchange)

        if status == "200":
            found += self.request(operation, exchange["request"])

        return what, found

    def headers(self, documented, headers):
        found = []
        given = collections.defaultdict(list)

        for name, value in headers:
            given[name.lower()].append(value)

        for name, header in documented.items():
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

        if types != [JSON]:
            return [f"Content-Type is {types}"]

        return self.json(content[JSON]["schema"], exchange["body"])

    def json(self, schema, text):
        try:
            value = exact_json(text.encode("latin-1").decode("utf-8"))
        except ValueError as error:
            return [f"no JSON: {error}"]

        return self.document.faults(schema, value)

    # A request that was answered with 200 is a documented one

    def request(self, operation, request):
        found = []
        query = pairs(request["query"])

        for parameter in operation.get("parameters", []):
            text = query.get(parameter["name"])

            if text is not None:
                found += self.document.faults(
                    parameter["schema"], scalar(parameter["schema"], text))

        body = operation.get("requestBody")
        kind = request.get("type", "").split(";")[0].lower()

        if body and kind == JSON:
            found += self.json(body["content"][JSON]["schema"],
                               request["body"])
        elif body and kind == FORM:
            found += self.document.faults(body["content"][FORM]["schema"],
                                          pairs(request["body"]))

        return [f"request: {fault}" for fault in found]

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
        resolved = map(self.document.resolve, operation["parameters"])

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
