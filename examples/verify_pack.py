"""Checks an evidence pack with Python's standard library alone: python3 verify_pack.py evidence.zip"""
import collections, csv, datetime, decimal, hashlib, io, json, sys, zipfile, zlib
decimal.getcontext().prec = 50  # exact: no figure has so many digits
COUNTS = "requests input_tokens cache_read_input_tokens cache_creation_input_tokens output_tokens reasoning_output_tokens".split()
CONTEXT, MEDIA = ["context_output", "context_input", "context_unknown_tokens"], "input_image_tokens input_audio_tokens output_image_tokens output_audio_tokens images image_pixels video_ms video_pixel_s audio_ms".split()
HASHED = ["event_key", "account_key", None, "event_id", "tenant_key", "deployment_key", "received_at_ms", "occurred_at_ms", *COUNTS, "tag_keys", "reverses"]
need = lambda holds, place, detail: holds or sys.exit(f"{place}: {detail}")
def counted(line, per):
    of = lambda name: int(line.get(name, 0))
    text = of("output_tokens") - sum(line.get("media", {}).get(name, 0) for name in MEDIA[2:4])  # no rate is of images or sound
    fresh = of("input_tokens") - of("cache_read_input_tokens")
    return {"total_tokens": of("input_tokens") + text, "output_tokens": text, "fresh_input_tokens": fresh}.get(per, of(per))
media = lambda event: [int(dict(part.split("=") for part in event.get("media", "=").split(",")).get(name, 0)) for name in MEDIA]
def context(event):  # of so many equal calls; of an unknown number, or of too many tokens for them, it is not counted
    sign, calls, [input, cached, output] = event["requests"], event.get("calls", 1), [event[COUNTS[place]] for place in (1, 2, 4)]
    known, text = calls > 0 and abs(input + output) <= calls * 2_000_000, output - sum(media(event)[2:4])
    return [sign * (text * (2 * input + text) // calls), sign * ((input - cached) * (input + cached) // calls), 0] if known else [0, 0, input + output]
def summed(key, counts):
    media = ",".join(f"{name}={count}" for name, count in zip(MEDIA, counts[9:]) if count)
    return "\t".join([*key, *map(str, counts[:9] if media or any(counts[6:9]) else counts[:6])] + [media] * bool(media)) + "\n"
def merkle_root(leaves):  # RFC 9162, section 2.1.1
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2])]
        level = pairs + level[len(pairs) * 2:]
    return level[0] if level else hashlib.sha256().digest()
pack = zipfile.ZipFile(sys.argv[1])
manifest, statement = (json.loads(pack.read(name)) for name in ("manifest.json", "statement.json"))
leaves, sums, last = [], collections.defaultdict(lambda: [0] * 18), 0
for row, text in enumerate(pack.read("events.ndjson").decode().splitlines(), 1):
    event, place = json.loads(text), f"events.ndjson, row {row}"
    values = [0 if field is None else event[field] for field in HASHED] + [event.get(name) for name in ("calls", "media") if name in event or "media" in event]
    line = ("event\t" + "\t".join("" if value is None else str(value) for value in values) + "\n").encode()
    need(event["crc32"] % 2**32 == zlib.crc32(line), place, "is not as it was written")
    need(event["event_key"] > last, place, "is out of order")
    last = event["event_key"]
    leaves.append(line)
    at_ms = event["received_at_ms"] if event["occurred_at_ms"] is None else event["occurred_at_ms"]
    key = (str(datetime.date(1970, 1, 1) + datetime.timedelta(days=at_ms // 86_400_000)), event["model"], event["provider"], event["region"])
    sums[key] = [sum(pair) for pair in zip(sums[key], [event[count] for count in COUNTS] + context(event) + media(event))]
need(merkle_root(leaves).hex() == manifest["merkle_root"], "manifest.json", "its Merkle root is not the events'")
rows = sorted(summed(key, counts) for key, counts in sums.items() if counts[0])
need(hashlib.sha256("".join(rows).encode()).hexdigest() == statement["activity_sha256"], "statement.json, /activity_sha256", "is not the events' digest")
stated = {**statement["total"], **statement["total"].get("media", {})}
for place, count in enumerate(COUNTS + CONTEXT + MEDIA):
    need(sum(counts[place] for counts in sums.values()) == int(stated.get(count, 0)), f"statement.json, /total/{count}", "is not the events'")
factors = {(factor["factor_id"], factor.get("region")): factor for factor in statement["factors"]}
for place, line in enumerate(statement["by_model"]):
    factor = factors[line["factor_id"], line["place"] and line["place"]["region"]]
    rates = [rate for rate in factor["rates"] if rate["quantity"] == "co2" and ("high" in rate or "low" not in rate)]
    grams = sum(decimal.Decimal(rate["central"]) * counted(line, rate["per"]) / rate["per_count"] for rate in rates)
    need(grams == decimal.Decimal(line["co2_grams"]["central"]), f"statement.json, /by_model/{place}", f"its tokens make {grams} g")
total = sum((decimal.Decimal(line["co2_grams"]["central"]) for line in statement["by_model"]), decimal.Decimal(0))
need(total == decimal.Decimal((statement["total"]["co2_grams"] or {"central": 0})["central"]), "statement.json, /total", f"its lines make {total} g")
first = next(csv.DictReader(io.StringIO(pack.read("lines.csv").decode())))
need(decimal.Decimal(first["co2_grams"] or 0) == total, "lines.csv, row 2", f"the lines make {total} g")
for name, member in manifest["members"].items():
    need(hashlib.sha256(pack.read(name)).hexdigest() == member["sha256"], f"manifest.json, {name}", "is not what it says")
print(f"{sys.argv[1]} verifies: {len(leaves)} events, {total.normalize():f} g CO2e, Merkle root {manifest['merkle_root']}")
