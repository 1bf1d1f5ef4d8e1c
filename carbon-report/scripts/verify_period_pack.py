"""Checks the evidence pack of a period of several months with Python's standard library alone: python3 verify_period_pack.py evidence.zip

It compares the statement of each month with the digest that the period names, and adds them up again, line by line. It does not draw:
of report.pdf and README.txt it sees the digests alone. What stands behind a month is in that month's own pack: verify_pack.py."""
import csv, decimal, hashlib, io, json, sys, zipfile

decimal.getcontext().prec = 50  # exact: no figure has so many digits
KINDS = ["co2_grams", "energy_wh", "water_ml"]
COUNTS = "requests input_tokens cache_read_input_tokens cache_creation_input_tokens output_tokens reasoning_output_tokens".split()
# What makes two lines of months one line of the period.
LINES = {
    "by_model": ["model", "method", "place", "confidence", "data_class", "factor_id"],
    "by_method": ["method"],
    "by_confidence": ["confidence"],
    "by_basis": ["basis"],
    "by_region": ["region", "country"],
    "by_tag": ["name", "value"],
}


def need(holds, place, detail):
    if not holds:
        sys.exit(f"{place}: {detail}")


def once(pairs):  # readers differ in which of two values of one key they take
    need(len(dict(pairs)) == len(pairs), "JSON", "has a key twice")
    return dict(pairs)


def read(text):
    return json.loads(text, object_pairs_hook=once)


def added(parts):
    """Counts, and each figure bound by bound; a figure that no part has is none, and so is one that no call has."""
    parts = list(parts)
    sums = {count: sum(int(part[count]) for part in parts) for count in COUNTS}
    for kind in KINDS:
        stated = [part[kind] for part in parts if part[kind]]
        known = kind != "co2_grams" or any(part[kind] and int(part["requests"]) for part in parts) or not sums["requests"]
        bounds = {bound: sum(decimal.Decimal(figure[bound]) for figure in stated) for bound in ("low", "central", "high")}
        sums[kind] = bounds if stated and known else None
    return sums


def same(stated, parts, place):
    for field, value in added(parts).items():
        if field in COUNTS:
            found = int(stated[field])
        else:
            found = stated[field] and {bound: decimal.Decimal(stated[field][bound]) for bound in value or stated[field]}
        need(found == value, f"statement.json, {place}/{field}", f"says {stated[field]}; the months make {value}")


with zipfile.ZipFile(sys.argv[1]) as pack:
    names = pack.namelist()
    need(len(set(names)) == len(names), "the file", "has a member twice")
    kept = {name: pack.read(name) for name in names}
digests = {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}
for name in ("manifest.json", "statement.json", "lines.csv", "report.pdf", "verify_period_pack.py", "README.txt", "sha256sums"):
    need(name in kept, name, "is not in the pack")
manifest, period = read(kept["manifest.json"]), read(kept["statement.json"])
need(manifest["schema"] == "llm-carbon-period-evidence", "manifest.json", "is not that of a period: see verify_pack.py")
months = []
for stated in period["months"]:
    name = f"{stated['month']}.statement.json"
    need(digests.get(name) == stated["statement_sha256"], name, "is not the statement that the period was made of")
    month = read(kept[name])
    heading = month["heading"]
    need(heading["status"] == "final", name, "is not final")
    need(heading["client"]["tenant_id"] == period["heading"]["client"]["tenant_id"], name, "is of another client")
    for field in ("month", "report_id", "revision"):
        need(heading[field] == stated[field], f"{name}, /heading/{field}", f"is not {stated[field]}")
    same(stated, [month["total"]], f"/months, {stated['month']}")
    months.append(month)
same(period["total"], [month["total"] for month in months], "/total")
for table, key in LINES.items():
    parts = {}
    for line in (line for month in months for line in month[table]):
        parts.setdefault(json.dumps([line[field] for field in key]), []).append(line)
    for line in period[table]:
        of_line = parts.pop(json.dumps([line[field] for field in key]), [])
        same(line, of_line, f"/{table}, {line[key[0]]}")
    need(not parts, f"statement.json, /{table}", f"lacks {sorted(parts)[:1]}, which a month has")
total = period["total"]["co2_grams"]
row = next(csv.DictReader(io.StringIO(kept["lines.csv"].decode())))
need(row["co2_grams"] == (total or {"central": ""})["central"], "lines.csv, row 2", "is not the total of the statement")
need(kept["verify_period_pack.py"] == open(__file__, "rb").read(), "verify_period_pack.py", "is another script than this one")
found = {name: {"bytes": len(content), "sha256": digests[name]} for name, content in kept.items() if name not in ("manifest.json", "sha256sums")}
for name in sorted(manifest["members"].keys() | found.keys()):
    need(manifest["members"].get(name) == found.get(name), f"manifest.json, {name}", "is not what it says")
sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()) if name != "sha256sums")
need(kept["sha256sums"].decode() == sums, "sha256sums", "are not those of the files")
need(manifest["report_id"] == period["heading"]["report_id"], "manifest.json", "belongs to another report")
grams = f"{total['central']} g CO2e" if total else "nothing has a factor"
print(f"{sys.argv[1]} verifies: {len(months)} months, {grams}. No page of report.pdf was looked at.")
