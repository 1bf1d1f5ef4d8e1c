"""How many of the text models in LiteLLM's list of prices get a number: in all, by provider, and which do not.

The list is the one that the installed package ships. The argument is the program that reads names, `examples/names.rs`:

    cargo build --example names
    target/python-litellm/bin/python tests/programs/litellm_coverage.py target/debug/examples/names

With a second argument, `pairs`, it prints each id and the model that it leads to instead.
"""

import collections
import importlib.util
import json
import pathlib
import subprocess
import sys

TEXT = ("chat", "completion", "responses")

# The package itself would ask the network for a newer list.
package = pathlib.Path(importlib.util.find_spec("litellm").origin).parent
prices = json.loads((package / "model_prices_and_context_window_backup.json").read_text(encoding="utf-8"))
listed = {id: row for id, row in prices.items() if row.get("mode") in TEXT}

read = subprocess.run([sys.argv[1]], input="".join(f"{id}\n" for id in listed), text=True, capture_output=True, check=True)
answers = [line.split("\t") for line in read.stdout.splitlines()]
assert [id for id, _, _ in answers] == list(listed), "one line per name"

if sys.argv[2:] == ["pairs"]:
    print(read.stdout, end="")
    sys.exit()

counts = collections.defaultdict(lambda: [0, 0, 0])
for id, model, number in answers:
    for provider in ("all", listed[id].get("litellm_provider", "")):
        count = counts[provider]
        count[0] += 1
        count[1] += model != ""
        count[2] += number == "yes"
for provider, (ids, known, numbers) in sorted(counts.items(), key=lambda row: -row[1][0]):
    print(f"{provider}: {ids} ids, {known} known, {numbers} with a number ({numbers / ids:.1%})")
for id, model, number in answers:
    if number == "no":
        print(f"{id}: {f'{model}, no number' if model else 'unknown'}")
