"""The other side of Benchmarks/compare: prepares workloads and times loops over them, as it is told.

Reads one JSON object a line, answers with one a line:
  {"do": "versions"}                                -> {"datalogic-py": "5.9.0", "jmespath": null, ...}
  {"do": "prepare", "language", "rule", "documents"} -> {"results": [...], "how": "..."}
  {"do": "run", "passes": n}                        -> {"seconds": for n passes over all documents}
Everything is parsed, converted and compiled in "prepare"; "run" only evaluates.
"""

import gc
import importlib.metadata
import json
import os
import sys
import time

# The processor's time of this process instead of the clock on the wall, for machines that do other things.
clock = time.process_time if os.environ.get("DOCKET_BENCH_CLOCK") == "cpu" else time.perf_counter


def jsonlogic(rule, lines):
    """The fastest of datalogic-py's ways over documents it has parsed before."""
    import datalogic_py

    engine = datalogic_py.Engine()
    session = engine.session()
    program = engine.compile(rule)
    handles = [datalogic_py.DataHandle(line) for line in lines]
    results = [session.evaluate_data(program, handle) for handle in handles]

    def batch(passes):
        for _ in range(passes):
            session.evaluate_batch(program, handles)

    def each(passes):
        evaluate = session.evaluate_data
        for _ in range(passes):
            for handle in handles:
                evaluate(program, handle)

    ways = [("evaluate_batch", batch), ("evaluate_data", each)]
    if all(isinstance(result, bool) for result in results):

        def booleans(passes):
            evaluate = session.evaluate_bool
            for _ in range(passes):
                for handle in handles:
                    evaluate(program, handle)

        ways.append(("evaluate_bool", booleans))
    return results, ways


def jmespath(rule, lines):
    import jmespath

    program = jmespath.compile(rule)
    documents = [json.loads(line) for line in lines]

    def search(passes):
        evaluate = program.search
        for _ in range(passes):
            for document in documents:
                evaluate(document)

    return [program.search(document) for document in documents], [("search", search)]


def schema(rule, lines, is_reporting):
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(rule, validate_formats=True)
    documents = [json.loads(line) for line in lines]
    if not is_reporting:

        def is_valid(passes):
            evaluate = validator.is_valid
            for _ in range(passes):
                for document in documents:
                    evaluate(document)

        return [validator.is_valid(document) for document in documents], [("is_valid", is_valid)]

    def errors(passes):
        evaluate = validator.iter_errors
        for _ in range(passes):
            for document in documents:
                for _error in evaluate(document):
                    pass

    def all_of(errors):
        # Errors of branches stand inside that of the keyword here, beside it there.
        for error in errors:
            yield error
            if error.kind.name in ("anyOf", "oneOf"):
                for branch in error.kind.context:
                    yield from all_of(branch)

    def found(document):
        return sorted({
            "".join(f"/{part}" for part in error.instance_path) + " " + error.kind.name
            for error in all_of(validator.iter_errors(document))
        })

    return [found(document) for document in documents], [("iter_errors", errors)]


def graph(definition):
    """A table of Docket's as a graph of JDM: one table between an input and an output."""

    def test(cell, kind):
        if cell == "-":
            return ""
        if kind != "string":
            return cell
        return ", ".join(json.dumps(part.strip()) for part in cell.split(","))

    inputs = definition["inputs"]
    columns = inputs + definition["outputs"]
    rules = []
    for number, row in enumerate(definition["rows"]):
        rule = {"_id": f"r{number}"}
        for column, cell in zip(columns, row):
            is_input = any(column is known for known in inputs)
            rule[column["name"]] = test(cell, column["type"]) if is_input else json.dumps(cell)
        rules.append(rule)
    content = {
        "hitPolicy": definition["hitPolicy"],
        "inputs": [{"id": c["name"], "name": c["name"], "field": c["name"]} for c in inputs],
        "outputs": [{"id": c["name"], "name": c["name"], "field": c["name"]} for c in definition["outputs"]],
        "rules": rules,
    }
    place = {"x": 0, "y": 0}
    return {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": place},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": content, "position": place},
            {"id": "out", "name": "out", "type": "outputNode", "position": place},
        ],
        "edges": [
            {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "e2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }


def table(rule, lines):
    import zen

    rule = graph(rule)
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": rule}}})
    decision = engine.create_decision(json.dumps(rule))
    documents = [json.loads(line) for line in lines]
    requests = [{"key": "table", "context": document} for document in documents]

    def evaluate(passes):
        evaluate = decision.evaluate
        for _ in range(passes):
            for document in documents:
                evaluate(document)

    def batch(passes):
        for _ in range(passes):
            engine.evaluate_batch(requests)

    results = [decision.evaluate(document)["result"] for document in documents]
    return results, [("evaluate", evaluate), ("evaluate_batch", batch)]


def prepare(order):
    lines = order["documents"]
    language = order["language"]
    if language == "jsonlogic":
        results, ways = jsonlogic(order["rule"], lines)
    elif language == "jmespath":
        results, ways = jmespath(order["rule"], lines)
    elif language == "table":
        results, ways = table(order["rule"], lines)
    else:
        results, ways = schema(order["rule"], lines, language == "schema errors")
    # The fastest way wins, measured after a pass that does not count.
    times = []
    for name, way in ways:
        way(1)
        rounds = []
        for _ in range(3):
            start = time.perf_counter()
            way(5)
            rounds.append(time.perf_counter() - start)
        times.append((min(rounds), name, way))
    _, name, way = min(times, key=lambda entry: entry[0])
    return results, name, way


def versions():
    found = {}
    for package in ("datalogic-py", "jmespath", "jsonschema-rs", "zen-engine"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def main():
    way = None
    gc.disable()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["do"] == "versions":
                answer = versions()
            elif order["do"] == "prepare":
                way = None
                gc.collect()
                results, name, way = prepare(order)
                answer = {"results": results, "how": name}
            else:
                start = clock()
                way(order["passes"])
                answer = {"seconds": clock() - start}
        except Exception as error:  # told to the other side, which says what is left out
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
