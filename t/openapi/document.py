#!/usr/bin/python3

"""document.py DOCUMENT: is it sound?  Prints what is not, a line each.

Every $ref leads somewhere, every schema is one of JSON Schema 2020-12, every
example fits its schema, every component is used.  That it is OpenAPI 3.1 is
for a validator of that to say.
"""

import sys
from decimal import Decimal

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Exact decimals, and no name twice in a mapping."""


def mapping(loader, node):
    pairs = loader.construct_pairs(node, deep=True)
    names = [name for name, value in pairs]

    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'"{name}" twice, {node.start_mark}')

    return dict(pairs)


Loader.add_constructor("tag:yaml.org,2002:map", mapping)
Loader.add_constructor("tag:yaml.org,2002:float",
                       lambda loader, node: Decimal(node.value))


class Document:

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = yaml.load(file, Loader)

        self.resolver = jsonschema.RefResolver("", self.root)
        self.used = set()

    def resolve(self, node):
        """The object itself, where there is a reference to it."""
        while isinstance(node, dict) and "$ref" in node \
                and len(node) == 1:
            node = self.lookup(node["$ref"])

        return node

    def lookup(self, ref):
        if not ref.startswith("#/"):
            raise KeyError(ref)

        self.used.add(ref)
        node = self.root

        for part in ref[2:].split("/"):
            node = node[part]

        return node

    def faults(self, schema, value):
        """What is wrong with a value, as sentences."""
        validator = jsonschema.Draft202012Validator(schema,
                                                    resolver=self.resolver)

        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                for e in validator.iter_errors(value)]

    # What is sound

    def check(self):
        found = list(self.walk(self.root, "#"))
        components = self.root["components"]

        for kind in set(components) - {"securitySchemes"}:
            for name in components[kind]:
                if f"#/components/{kind}/{name}" not in self.used:
                    found.append(f"{kind}/{name} is not used")

        return found

    def walk(self, node, place):
        if isinstance(node, list):
            for i, item in enumerate(node):
                yield from self.walk(item, f"{place}/{i}")

        if not isinstance(node, dict):
            return

        if isinstance(node.get("$ref"), str):
            try:
                self.lookup(node["$ref"])
            except KeyError:
                yield f"{place}: {node['$ref']} leads nowhere"

        if "schema" in node:
            yield from self.check_schema(node["schema"], f"{place}/schema")
            yield from self.check_examples(node, node["schema"], place)

        if place == "#/components/schemas":
            for name, schema in node.items():
                yield from self.check_schema(schema, f"{place}/{name}")
                yield from self.check_examples(schema, schema, place)

        for name, value in node.items():
            yield from self.walk(value, f"{place}/{name}")

    def check_schema(self, schema, place):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"{place}: {error.message}"

    def check_examples(self, node, schema, place):
        examples = node.get("examples", [])

        if "example" in node:
            examples = examples + [node["example"]]

        for example in examples:
            for fault in self.faults(schema, example):
                yield f"{place}/example: {fault}"


if __name__ == "__main__":
    problems = Document(sys.argv[1]).check()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
