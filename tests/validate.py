#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold JSON documents against a schema: validate.py [--unknown] SCHEMA DOCUMENT...

Exits with 1 where one is not valid. With --unknown it prints the members that the schema
does not name instead.
"""

import json
import pathlib
import sys
import warnings

from jsonschema.validators import validator_for


def members(pairs):
    """An object, whose members have each a name of their own."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("two members of one name: " + " ".join(name for name, _ in pairs))
    return dict(pairs)


def load(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return json.loads(text, object_pairs_hook=members)


def parts(schema, root):
    """A schema and all that it refers to or combines; false, which names nothing, has none."""
    if schema is False:
        return
    if "$ref" in schema:
        yield from parts(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, []):
            yield from parts(part, root)
    yield schema


def unknown(value, schemas, root, path="$"):
    """The paths of members that none of the schemas names."""
    all_parts = [part for schema in schemas for part in parts(schema, root)]
    if {} in all_parts:
        return
    if isinstance(value, list):
        items = [part["items"] for part in all_parts if "items" in part]
        for item in value:
            yield from unknown(item, items, root, f"{path}[]")
    elif isinstance(value, dict):
        for key, member in value.items():
            named = [part["properties"][key] for part in all_parts if key in part.get("properties", {})]
            named += [part["additionalProperties"] for part in all_parts if "additionalProperties" in part]
            if named:
                yield from unknown(member, named, root, f"{path}.{key}")
            else:
                yield f"{path}.{key}"


def main(arguments):
    listing = arguments[:1] == ["--unknown"]
    schema_path, *documents = arguments[listing:]
    schema = load(schema_path)
    # Debian 11's jsonschema takes the latest draft it knows, which has all that is used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    checker = validator_for(schema)
    checker.check_schema(schema)
    failed = False
    for path in documents:
        document = load(path)
        if listing:
            print(*unknown(document, [schema], schema), sep="\n")
            continue
        for error in checker(schema).iter_errors(document):
            failed = True
            print(f"{path}: {error.json_path}: {error.message[:300]}")
            for inner in (error.context or [])[:8]:
                print(f"    {inner.json_path}: {inner.message[:200]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
