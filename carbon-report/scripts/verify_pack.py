"""Checks an evidence pack with Python's standard library alone: python3 verify_pack.py evidence.zip [KEY]

KEY is that of the supplier's checkpoints, as GET /checkpoint/key answers it.

It reads the file once and computes the figures again. It does not draw: of report.pdf it sees the digest alone, and so of README.txt."""
import base64, collections, csv, datetime, decimal, functools, hashlib, io, json, struct, sys, zlib
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
def add_leaf(peaks, leaf):
    peaks.append((0, hashlib.sha256(b"\0" + leaf).digest()))
    while len(peaks) > 1 and peaks[-2][0] == peaks[-1][0]:
        (height, a), (_, b) = peaks[-2:]
        peaks[-2:] = [(height + 1, hashlib.sha256(b"\1" + a + b).digest())]
def merkle_root(peaks):  # RFC 9162, section 2.1.1: of full trees, the largest first, each as (height, hash)
    hashes = [hash for _, hash in peaks[::-1]] or [hashlib.sha256().digest()]
    return functools.reduce(lambda right, left: hashlib.sha256(b"\1" + left + right).digest(), hashes)
def climbed(hash, path, place):  # from a leaf up to the root: each step is the hash on the other side
    for step in path:
        [(side, other)] = step.items()
        need(side in ("left", "right") and len(other) == 64 and bytes.fromhex(other).hex() == other, place, "has a step that is no SHA-256")
        pair = (bytes.fromhex(other), hash)
        hash = hashlib.sha256(b"\1" + b"".join(pair if side == "left" else pair[::-1])).digest()
    return hash

# Ed25519 (RFC 8032, section 5.1): a point is (x, y, z, t), with x / z, y / z, and t = x y / z.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def point(encoded):
    y, sign = int.from_bytes(encoded, "little") % 2**255, encoded[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT % P
    need((x * x - square) % P == 0 and y < P, "proof.json, /checkpoint/key", "is no point of the curve")
    x = P - x if x % 2 != sign else x
    return x, y, 1, x * y % P
def plus(a, b):
    m, n, k, l = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = n - m, l - k, l + k, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(count, a):
    sum = (0, 1, 1, 0)
    while count:
        sum, a, count = plus(sum, a) if count & 1 else sum, plus(a, a), count >> 1
    return sum
def is_signed(public, text, signature):
    s, digest = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + public + text).digest()
    x, y, z, t = point(public)
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    x, y, z, _ = plus(times(s, base), times(int.from_bytes(digest, "little") % ORDER, (-x % P, y, z, -t % P)))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return len(signature) == 64 and s < ORDER and signature[:32] == (y | (x & 1) << 255).to_bytes(32, "little")

# Zip says most things twice and readers differ in which they believe, so every byte of the file is asked for.
NEEDED = "report.pdf statement.json lines.csv statement.xbrl.json focus.csv lct.xsd lct-lab.xml lct-def.xml lct-cal.xml lct-pre.xml factors.json events.ndjson verify_pack.py README.txt manifest.json sha256sums".split()
OPTIONAL = "statement.vsme.json footprint.pact.json windows.json logo.png proof.json closing.tsr".split()
LONG, KEPT_BYTES_MAX, ROW_BYTES_MAX = 2**32 - 1, 2**28, 2**16
def members(file):  # yields (name, size, pieces of its content); the content must be used up before the next is asked for
    entries = {}
    def take(count):
        data = file.read(count)
        need(len(data) == count, "the file", "ends too early")
        return data
    def content(name, deflated, packed, size, crc):
        inflate, left, raw, piece, length, check = zlib.decompressobj(-15), packed, b"", b"", 0, 0
        while left or raw or piece:
            if not raw:
                raw = take(min(left, 1 << 16))
                left -= len(raw)
            piece, raw = (inflate.decompress(raw, 1 << 20), inflate.unconsumed_tail) if deflated else (raw, b"")
            length, check = length + len(piece), zlib.crc32(piece, check)
            need(length <= size, name, f"is longer than the {size} bytes it says")
            yield piece
        need(not deflated or inflate.eof and not inflate.unused_data, name, "has bytes behind the end of its data")
        need((length, check) == (size, crc), name, "is not what was packed: another length or checksum")
    while (signature := take(4)) == b"PK\3\4":
        start, fixed = file.tell() - 4, take(26)
        version, flags, method, crc, packed, size, name_length, extra_length = struct.unpack("<HHH4xIIIHH", fixed)
        name, extra = take(name_length).decode("latin-1"), take(extra_length)
        need(name in NEEDED + OPTIONAL, "the file", f"has a member {name!r} at byte {start}, which no pack has")
        need(name not in entries, name, f"is there twice, again at byte {start}")
        long = len(extra) == 20 and extra[:4] == b"\1\0\x10\0" and packed == size == LONG
        need(flags == 0 and method in (0, 8) and (long or not extra) and version in ([45] if long else [10, 20]), name, "has a header that no pack has")
        size, packed = struct.unpack("<QQ", extra[4:]) if long else (size, packed)
        entries[name] = fixed[:24], extra[4:], start
        yield name, size, content(name, method == 8, packed, size, crc)
    need(entries, "the file", "is not an evidence pack: no member begins at its first byte")
    need(signature in (b"PK\1\2", b"PK\5\6", b"PK\6\6"), "the file", f"has bytes at {file.tell() - 4} that belong to no member")
    directory = file.tell() - 4
    for name, (shared, sizes, start) in entries.items():
        need(signature == b"PK\1\2", name, "is not in the directory of the file")
        made_by, system, again, extra_length, rest, attributes, offset = struct.unpack("<BB24sH6sII", take(42))
        numbers = sizes + (struct.pack("<Q", start) if start >= LONG else b"")
        extra = struct.pack("<HH", 1, len(numbers)) + numbers if numbers else b""
        need(system in (0, 3) and attributes >> 16 in (0o100644, 0o100600, 0o600) and attributes & 0xFFFF == 0, name, "is no plain file to the directory of the file")
        same = (made_by, again, extra_length, rest, offset) == (shared[0], shared, len(extra), bytes(6), min(start, LONG))
        need(same and take(len(name) + len(extra)) == name.encode("latin-1") + extra, name, "has another header in the directory of the file than before its data")
        signature = take(4)
    size, count = file.tell() - 4 - directory, len(entries)
    end = struct.pack("<4s4xHHIIH", b"PK\5\6", count, count, size, min(directory, LONG), 0)
    if directory > LONG:
        end = struct.pack("<4sQHHIIQQQQ4sIQI", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, directory, b"PK\6\7", 0, directory + size, 1) + end
    need(signature + file.read(len(end) - 4) == end, "the file", "does not end as its members make it, or has a comment")
    need(file.read(1) == b"", "the file", "goes on behind its end")
def rows(pieces):
    begun = b""
    for piece in pieces:
        *whole, begun = (begun + piece).split(b"\n")
        yield from whole
        need(len(begun) < ROW_BYTES_MAX, "events.ndjson", "has a row that is too long")
    need(not begun, "events.ndjson", "does not end with a row")
# Readers differ in which of two values of one key they take.
once = lambda pairs: need(len(dict(pairs)) == len(pairs), "JSON", f"has a key twice among {[key for key, _ in pairs][:40]}") and dict(pairs)
read_json = lambda text: json.loads(text, object_pairs_hook=once)

CLOSED = "closed_tenant closed_month_key account_key month factor_set closed_at_ms last_event_key tenant_key events merkle_root figures reversals first_at_ms last_at_ms".split()
RESTATED = "restated_tenant restatement_key restatement_id account_key month old_factor_set factor_set reason created_at_ms last_event_key tenant_key events merkle_root old_figures figures".split()
def check_proof(text, statement, manifest, seal, owners):  # from the root over the events to the row that pins it, to its seal, to the checkpoint
    at, proof = "proof.json, /", read_json(text)
    need(json.dumps(proof, indent=2, ensure_ascii=False) + "\n" == text.decode(), "proof.json", "is not written as a pack writes it")
    need((proof["schema"], proof["schema_version"]) == ("llm-carbon-proof", "1.0"), "proof.json", "has a kind or version that this script does not read")
    need(seal, "proof.json", "is there, and the statement names no closing seal")
    row, over, checkpoint = (proof[part] for part in ("row", "seal", "checkpoint"))
    salt, previous = bytes.fromhex(row["salt"]), bytes.fromhex(over["previous_sha256"])
    need((salt.hex(), previous.hex(), len(salt), len(previous)) == (row["salt"], over["previous_sha256"], 32, 32), at + "row", "has digests that are none")
    root = climbed(hashlib.sha256(b"\0" + salt + row["line"].encode()).digest(), row["path"], at + "row/path")
    sha256 = hashlib.sha256(previous + root)
    need((sha256.hexdigest(), over["number"]) == (seal["sha256"], seal["number"]), at + "row", "does not lead to the closing seal")
    columns, values, restated = RESTATED if statement["restatement"] else CLOSED, row["line"][:-1].split("\t"), statement["restatement"] or {}
    need(row["line"][-1] == "\n" and len(values) == len(columns) and values[0] == columns[0], at + "row/line", f"is not the line of a {columns[0]}")
    line, of_events = dict(zip(columns, values)), dict(zip(("account_key", "tenant_key"), *owners)) if owners else {}
    expected = {"month": statement["heading"]["month"], "factor_set": statement["factor_set"], "last_event_key": statement["audit"]["last_event"], "events": manifest["events"], "merkle_root": manifest["merkle_root"], **of_events, **{name: restated[name] for name in ("restatement_id", "old_factor_set") if restated}}
    for name, value in expected.items():
        need(line[name] == str(value), f"{at}row/line, {name}", f"says {line[name]}; the pack gives {value}")
    grams = json.loads(line["figures"], parse_float=decimal.Decimal, parse_int=decimal.Decimal)["total"]["co2_grams"]
    need((grams or {}).get("central") == (dec(statement["total"]["co2_grams"]) if statement["total"]["co2_grams"] else None), at + "row/line, figures", "are not those of the statement")
    name, hash, key = checkpoint["key"].split("+", 2)
    typed = base64.b64decode(key, validate=True)
    mark = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    need(mark.hex() == hash and len(typed) == 33 and typed[0] == 1 and base64.b64encode(typed).decode() == key, at + "checkpoint/key", "is no key")
    body, signature = checkpoint["note"].rsplit("\n\n", 1)
    signer, signed = signature.removeprefix("\u2014 ").removesuffix("\n").split(" ")
    raw, lines = base64.b64decode(signed, validate=True), body.split("\n")
    need(signature == f"\u2014 {name} {base64.b64encode(raw).decode()}\n" and lines[0] == name and raw[:4] == mark and is_signed(typed[1:], (body + "\n").encode(), raw[4:]), at + "checkpoint/note", f"the signature of {name} does not fit")
    leaf = over["book"].to_bytes(8, "big") + over["number"].to_bytes(8, "big") + sha256.digest()
    root = climbed(hashlib.sha256(b"\0" + leaf).digest(), over["path"], at + "seal/path")
    need(base64.b64encode(root).decode() == lines[2], at + "seal", "does not lead to the checkpoint")
    need(len(sys.argv) < 3 or sys.argv[2] == checkpoint["key"], at + "checkpoint/key", "is not the key that was given")
    return f"The closing is in the chain of {name}, under a checkpoint over {lines[1]} seals" + ("." if len(sys.argv) > 2 else f"; compare its key with the supplier's: {checkpoint['key']}")

kept, digests, peaks, event_count, sums, last = {}, {}, [], 0, collections.defaultdict(lambda: [0] * 18), 0
owners = set()
def event_rows(pieces):
    digest = hashlib.sha256()
    yield from rows(digest.update(piece) or piece for piece in pieces)
    digests["events.ndjson"] = digest.hexdigest()
def events(file):
    for name, size, pieces in members(file):
        if name == "events.ndjson":
            yield from enumerate(event_rows(pieces), 1)
        else:
            need(sum(map(len, kept.values())) + size <= KEPT_BYTES_MAX, name, "is too large")
            kept[name] = b"".join(pieces)
            digests[name] = hashlib.sha256(kept[name]).hexdigest()
for row, text in events(open(sys.argv[1], "rb")):
    event, place = read_json(text), f"events.ndjson, row {row}"
    values = [0 if field is None else event[field] for field in HASHED] + [event.get(name) for name in ("calls", "media") if name in event or "media" in event]
    line = ("event\t" + "\t".join("" if value is None else str(value) for value in values) + "\n").encode()
    need(event["crc32"] % 2**32 == zlib.crc32(line), place, "is not as it was written")
    need(event["event_key"] > last, place, "is out of order")
    last = event["event_key"]
    owners.add((event["account_key"], event["tenant_key"]))
    need(len(owners) == 1, place, "is of another client")
    add_leaf(peaks, line)
    event_count += 1
    at_ms = event["received_at_ms"] if event["occurred_at_ms"] is None else event["occurred_at_ms"]
    hour = f"T{at_ms // 3_600_000 % 24:02}" if event.get("by_hour") else ""
    key = (str(datetime.date(1970, 1, 1) + datetime.timedelta(days=at_ms // 86_400_000)) + hour, event["model"], event["provider"], event["region"])
    sums[key] = [sum(pair) for pair in zip(sums[key], [event[count] for count in COUNTS] + context(event) + media(event))]
for name in NEEDED:
    need(name in digests, name, "is not in the pack")
manifest, statement = (read_json(kept[name]) for name in ("manifest.json", "statement.json"))
need((event_count, merkle_root(peaks).hex()) == (manifest["events"], manifest["merkle_root"]), "manifest.json", "its Merkle root is not the events'")
rows = sorted(summed(key, counts) for key, counts in sums.items() if counts[0])
need(hashlib.sha256("".join(rows).encode()).hexdigest() == statement["activity_sha256"], "statement.json, /activity_sha256", "is not the events' digest")
stated = {**statement["total"], **statement["total"].get("media", {})}
for place, count in enumerate(COUNTS + CONTEXT + MEDIA):
    need(sum(counts[place] for counts in sums.values()) == int(stated.get(count, 0)), f"statement.json, /total/{count}", "is not the events'")
TINY, dec = decimal.Decimal("1e-6"), lambda value: decimal.Decimal(value["central"] if isinstance(value, dict) else value or 0)
near = lambda a, b, place, off=TINY: need(abs(a - b) <= off, f"statement.json, {place}", f"says {a}; its parts make {b}")
factors = {(factor["factor_id"], factor.get("region")): factor for factor in statement["factors"]}
series, of_series = {one["factor_id"]: one for one in (statement.get("grids") or {"series": []})["series"]}, 0
for place, line in enumerate(statement["by_model"]):
    rates = factors[line["factor_id"], line["place"] and line["place"]["region"]]["rates"]
    made = lambda of: sum(dec(rate) * counted(line, rate["per"]) / rate["per_count"] for rate in rates if rate["quantity"] == of and ("high" in rate or "low" not in rate))
    grams, at, parts = dec(line["co2_grams"]), f"/by_model/{place}", line.get("grids", [])
    fixed = made("embodied_co2" if parts else "co2")
    near(made("energy") if parts else 0, sum(dec(part["energy_wh"]) for part in parts), f"{at}/grids")
    g = lambda part, of: dec(series[part["factor_id"]][of] if part["g_per_kwh"] is None else part["g_per_kwh"]) * dec(part["energy_wh"]) / 1000
    least, most = (fixed + sum(g(part, f"{end}_g_per_kwh") for part in parts) for end in ("lowest", "highest"))
    near(grams, min(max(grams, least), most), at, TINY * bool(parts))  # the values of a series are in no pack, but between its bounds
    of_series += grams - fixed - sum(g(part, "") for part in parts if part["g_per_kwh"] is not None)
for name, one in series.items():
    low, mean, high = (dec(one[f"{end}_g_per_kwh"]) for end in ("lowest", "mean", "highest"))
    near(mean, min(max(mean, low), high), f"/grids/series, {name}")
of_energy = lambda by: sum((dec(one["energy_wh"]) * by(one) for one in series.values()), 0 * TINY) / 1000
near(of_series, of_energy(lambda one: dec(one["mean_g_per_kwh"])), "/grids/series", TINY + of_energy(lambda one: TINY))
total, market = sum((dec(line["co2_grams"]) for line in statement["by_model"]), decimal.Decimal(0)), statement.get("market")
need(total == decimal.Decimal((statement["total"]["co2_grams"] or {"central": 0})["central"]), "statement.json, /total", f"its lines make {total} g")
for place, zone in enumerate(market["zones"] if market else []):
    used, energy = [one for one in market["instruments"] if one["zone"] == zone["zone"]], dec(zone["energy_wh"])
    near(dec(zone["instrument_wh"]), sum(dec(one["used_wh"]) for one in used), f"/market/zones/{place}/instrument_wh")
    near(energy, sum(dec(zone[part]) for part in ("instrument_wh", "residual_wh", "location_wh")), f"/market/zones/{place}/energy_wh")
    near(dec(zone["co2_grams"]), sum(dec(one["used_wh"]) * dec(one["g_per_kwh"]) / 1000 for one in used) + dec(zone["residual_wh"]) * dec(zone["residual_g_per_kwh"]) / 1000 + dec(zone["location_co2_grams"]) * (dec(zone["location_wh"]) / energy if energy else 0), f"/market/zones/{place}/co2_grams")
if market:
    carried = sum(dec(line["co2_grams"]) for line in market["carried_over"])
    near(dec(market["co2_grams"]), sum(dec(zone["co2_grams"]) + dec(zone["embodied_co2_grams"]) for zone in market["zones"]) + carried, "/market/co2_grams")
    near(total, sum(dec(zone["location_co2_grams"]) + dec(zone["embodied_co2_grams"]) for zone in market["zones"]) + carried, "/market")
need(dec(next(csv.DictReader(io.StringIO(kept["lines.csv"].decode())))["co2_grams"]) == total, "lines.csv, row 2", f"the lines make {total} g")
proof, in_ledger = kept.get("proof.json"), "It has no proof that its closing is in a ledger."
if proof is not None:
    in_ledger = check_proof(proof, statement, manifest, (statement["audit"] or {}).get("closing_seal"), owners)
seal, stamp, stamped = (statement["audit"] or {}).get("closing_seal"), kept.get("closing.tsr"), "It has no time stamp."
if stamp is not None:  # an imprint is SHA-256, with or without its empty parameters, and the digest
    need(seal, "closing.tsr", "is there, and the statement names no closing seal")
    imprints = [bytes.fromhex("0609608648016503040201" + empty + "0420" + seal["sha256"]) for empty in ("0500", "")]
    need(any(imprint in stamp for imprint in imprints), "closing.tsr", "is over another digest than the closing seal's")
    stamped = f"closing.tsr names the closing seal; its signature was not checked: openssl ts -verify -digest {seal['sha256']} -in closing.tsr -CAfile CA"
stated = {name: member["sha256"] for name, member in manifest["members"].items()}
need(kept["verify_pack.py"] == open(__file__, "rb").read(), "verify_pack.py", "is another script than this one")
for name in sorted(stated.keys() | digests.keys() - {"manifest.json", "sha256sums"}):
    need(stated.get(name) == digests.get(name), f"manifest.json, {name}", "is not what it says")
sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()) if name != "sha256sums")
need(kept["sha256sums"].decode() == sums, "sha256sums", "are not those of the files")
print(f"{sys.argv[1]} verifies: {event_count} events, {total.normalize():f} g CO2e, Merkle root {manifest['merkle_root']}. No page of report.pdf was looked at. {in_ledger} {stamped}", "Grams by grid series lie within its stated values, which are not in the pack." * bool(series))
