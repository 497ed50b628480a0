#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold policies/schema/policy.schema.json against what the parser accepts and refuses. Prints TAP.

What the parser accepts has to be valid under the schema; what it refuses has to be invalid,
save the faults that no schema can express.
"""

import json
import os
import pathlib
import sys

# JSON Schema cannot say these, or sees them the other way by definition.
INEXPRESSIBLE = {
    # A number without a fraction is an integer, however it is written.
    "heap-above-real": "1e6 is an integer",
    "nth-real": "50.0 is an integer",
    "seed-real": "1e3 is an integer",
    "size-real": "3.0 is an integer",
    "version-real": "1.0 is an integer",
    # One value against another.
    "above-size-and-max": "compares two values",
    "after-is-before": "compares two values",
    "before-is-after": "compares two values",
    "max-and-above-size": "compares two values",
    "nth-backwards": "compares two values",
    "size-backwards": "compares two values",
    # Lengths in bytes.
    "name-long-utf-8": "maxLength counts characters",
    "too-long": "the length of the text",
    # One value against names elsewhere.
    "errno-alone": "looks names up in a table",
    "allocations-unknown": "looks names up in a list",
    # Inside patterns.
    "glob-range-backwards": "compares two characters",
    "glob-stars": "counts unquoted characters",
}


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(path):
    """The value of a JSON file, or None when it is no JSON or has a key twice."""
    try:
        return json.loads(
            path.read_text(encoding="utf-8"),
            object_pairs_hook=no_duplicates,
            parse_constant=refuse_constant,
        )
    except (ValueError, RecursionError):
        return None


def check_valid(validator, path):
    """What is wrong with a policy that should be valid; None = nothing."""
    error = next(validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))), None)
    return error and f"{error.json_path}: {error.message[:200]}"


def check_invalid(validator, path):
    """What is wrong with a policy that should be invalid; None = nothing."""
    policy = load(path)
    if policy is None:
        return None
    refused = not validator.is_valid(policy)
    if refused and path.stem in INEXPRESSIBLE:
        return "is listed as inexpressible, yet the schema refuses it"
    if not refused and path.stem not in INEXPRESSIBLE:
        return "the schema accepts it"
    return None


def cases(root):
    for path in sorted((root / "policies").glob("*.json")):
        if path.name != "policy.schema.json":
            yield check_valid, path
    for path in sorted((root / "tests/policies/valid").glob("*.json")):
        yield check_valid, path
    for path in sorted((root / "tests/policies/invalid").glob("*.json")):
        yield check_invalid, path


def main():
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("1..0 # SKIP python3-jsonschema (4.0 or later) is not installed")
        return 0
    here = pathlib.Path(__file__).resolve()
    root = pathlib.Path(os.environ.get("MF_SOURCE", here.parents[2]))
    schema = json.loads((root / "policies/schema/policy.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    todo = list(cases(root))
    failed = 0
    print(f"1..{len(todo) + 1}")
    for number, (check, path) in enumerate(todo, start=1):
        fault = check(validator, path)
        failed += fault is not None
        print(f"{'not ok' if fault else 'ok'} {number} - {path.relative_to(root)}")
        if fault:
            print(f"# {fault}")
    known = {path.stem for check, path in todo if check is check_invalid}
    stray = sorted(set(INEXPRESSIBLE) - known)
    failed += bool(stray)
    print(f"{'not ok' if stray else 'ok'} {len(todo) + 1} - the list of the inexpressible is current")
    for name in stray:
        print(f"# no such case: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
