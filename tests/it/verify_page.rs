//! The page that checks a file of anybody: what it says is what the command says, and no file troubles the server.

use crate::{
    ledger::Ledger,
    periods::ago,
    report_evidence::{close, forged, form, kept, report, text, verify},
    server::{Keys, Reply, Server, binary, call},
    time::{month, on},
};
use carbon_report::Language;
use flate2::{Compression, write::DeflateEncoder};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
};

const BOUNDARY: &str = "----WebKitFormBoundaryAbCdEf";

/// What a browser sends for a file that somebody chose.
fn in_a_form(file: &[u8]) -> Vec<u8> {
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"my <pack>.zip\"\r\nContent-Type: application/zip";
    [format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes(), file, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()]
        .concat()
}

fn sent(server: &Server, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let form = format!("multipart/form-data; boundary={BOUNDARY}");
    let all = [&[("content-type", form.as_str()), ("accept", "text/html")], headers].concat();
    server.post_bytes("/verify", None, &all, body)
}

/// What the page says of a file, as text.
fn page(server: &Server, language: &str, address: &str, file: &[u8]) -> String {
    let headers = [("accept-language", language), ("x-forwarded-for", address)];
    let reply = sent(server, &headers, &in_a_form(file));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    plain(&reply.text())
}

fn plain(html: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

/// A server that believes a proxy on this machine, so that a test may come from many addresses.
fn behind_a_proxy() -> (Ledger, Server) {
    let ledger = Ledger::new();
    let key = ledger.checkpoint_key();
    let server = ledger.serve_with(&[
        "--trusted-proxy",
        "127.0.0.1",
        "--public-url",
        "https://carbon.example.com",
        "--checkpoint-key",
        &key,
    ]);
    (ledger, server)
}

fn closed_month(server: &Server, keys: &Keys, language: &str) -> Value {
    server.track(&keys.live, &on(2, "first", json!({})));
    close(server, &keys.live);
    report(server, &keys.live, json!({"language": language}))
}

#[test]
fn the_page_says_what_the_command_says() {
    let (_ledger, server) = behind_a_proxy();
    let keys = server.sign_up("a@example.com");
    let issued = closed_month(&server, &keys, "fr");
    let [pack, pdf] = ["evidence", "pdf"].map(|kind| form(&server, &keys.live, &issued, kind));
    let before = json!({"tenant_id": "client-xyz", "period": {"from": month(), "to": ago(1)}});
    let of_period = server.post("/api/v1/reports", Some(&keys.live), &before);
    assert_eq!(of_period.status, 201, "{}", of_period.text());
    let period = form(&server, &keys.live, &of_period.json(), "evidence");
    let readme = forged(&pack, "README.txt", "client-xyz", "client-abc");
    assert!(
        String::from_utf8_lossy(&crate::report_evidence::member(&pack, "README.txt"))
            .contains("https://carbon.example.com/verify")
    );
    let row = forged(&pack, "events.ndjson", "\"output_tokens\":400", "\"output_tokens\":401");
    let files = [pack, pdf, period, readme, row, b"%PDF-1.7 nonsense".to_vec(), b"nonsense".to_vec()];
    let words = [
        ("en", "Verified", "Not verified", "with the key of this server"),
        ("fr", "Vérifié", "Non vérifié", "avec la clé de ce serveur"),
        ("de-AT,en", "Bestätigt", "Nicht bestätigt", "mit dem Schlüssel dieses Servers"),
    ];
    for (place, file) in files.iter().enumerate() {
        let output = verify(kept(file).path(), &["--json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (language, good, bad, own_key) in words {
            let address = format!("192.0.2.{place}");
            let said = page(&server, language, &address, file);
            let is_good = found["verified"] == json!(true);
            assert_eq!(is_good, output.status.success());
            let answer = if is_good { good } else { bad };
            let space = if language == "fr" { "\u{a0}" } else { "" };
            let heading = format!(">{answer}{space}: <span class=\"name\">my <pack>.zip");
            assert!(said.contains(&heading), "{said}");
            let stated = ["report_id", "co2_grams", "merkle_root", "factor_set", "place", "detail"];
            for name in stated {
                if let Some(text) = found[name].as_str() {
                    // A page writes numbers as its language does.
                    let point = if name == "co2_grams" && language != "en" { "," } else { "." };
                    let text = if name == "co2_grams" { text.replace('.', point) } else { text.to_owned() };
                    assert!(said.contains(&text), "{name}: {text} is not in {said}");
                }
            }
            let is_proven = found["ledger"].is_object();
            assert_eq!(said.contains(own_key), is_proven, "{said}");
            assert_eq!(is_proven, place == 0);
        }
    }
    // The words of the command are those of the page.
    let output = text(&verify(kept(&files[0]).path(), &[]));
    let said = page(&server, "en", "192.0.2.100", &files[0]);
    let facts: Vec<&str> = output.lines().skip(1).collect();
    assert!(facts.len() > 8, "{output}");
    for line in facts {
        let (label, fact) = line.split_at(15);
        let fact = fact.split(", whose key").next().unwrap();
        assert!(
            said.contains(&format!("<dt>{}</dt>", label.trim())) && said.contains(fact),
            "{line}: {said}"
        );
    }
    // Another server's ledger.
    let ledger = Ledger::new();
    let other = ledger.serve_with(&["--checkpoint-key", &ledger.checkpoint_key()]);
    let said = page(&other, "en", "", &files[0]);
    assert!(said.contains("whose key is not known here: compare carbon-ledger/"), "{said}");
}

#[test]
fn a_form_that_is_none_is_refused_in_the_language_of_who_sends_it() {
    let (_ledger, server) = Server::alone();
    let whole = in_a_form(b"PK");
    for (language, body, status, words) in [
        ("en", &whole[..whole.len() - 10], 422, "Choose one file"),
        ("fr", &[], 422, "Choisissez un fichier"),
        ("de", b"nonsense", 422, "Wählen"),
        ("en", &in_a_form(b"")[..], 422, "Choose one file"),
    ] {
        let reply = sent(&server, &[("accept-language", language)], body);
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(reply.text().contains(words), "{}", reply.text());
        assert!(
            reply
                .header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none'; script-src 'self'")
        );
    }
    // What is too large is refused by its head.
    let mut connection = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /verify HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nAccept-Language: de\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        (32 << 20) + 1
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = vec![0; 64 << 10];
    let mut read = 0;
    while !String::from_utf8_lossy(&answer[..read]).contains("</html>") {
        read += connection.read(&mut answer[read..]).unwrap();
    }
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("zu groß"), "{answer}");
    // A program gets the problem, and another site's page nothing.
    let reply = server.post_bytes("/verify", None, &[("content-type", "text/plain")], b"x");
    assert_eq!(reply.problem(422)["errors"][0]["pointer"], "content-type");
    let foreign = sent(&server, &[("origin", "https://evil.example")], &whole);
    assert_eq!(foreign.status, 403, "{}", foreign.text());
    assert!(foreign.text().contains("The form was sent from another site."));
    for language in Language::ALL {
        let page = server.get(&format!("/verify?language={language}"), None);
        assert!(page.status == 200 && page.text().contains(&format!("<html lang=\"{language}\">")));
    }
}

/// Zeros, as a thousandth of their length, or so: blocks that unpack to a mebibyte each.
fn deflated_zeros(mebibytes: usize) -> Vec<u8> {
    let mut block = DeflateEncoder::new(Vec::new(), Compression::default());
    block.write_all(&vec![0; 1 << 20]).unwrap();
    // To a byte's end, so that blocks can follow each other.
    block.flush().unwrap();
    let block = block.get_ref().clone();
    [block.repeat(mebibytes), vec![3, 0]].concat()
}

/// The beginning of a pack whose first member says that it has so many bytes.
fn zip_bomb(name: &str, says: u32, data: &[u8]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let head = [short(20), short(0), short(8), short(0), short(33)].concat();
    let sizes = [0, u32::try_from(data.len()).unwrap(), says].map(u32::to_le_bytes).concat();
    let lengths = [short(name.len()), short(0)].concat();
    [b"PK\x03\x04", &head[..], &sizes, &lengths, name.as_bytes(), data].concat()
}

/// A PDF whose objects are packed in a stream.
fn pdf_bomb(filter: &str, data: &[u8]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n".to_vec();
    let at = pdf.len();
    let stream = format!("3 0 obj\n<</Type/ObjStm/N 1/First 4{filter}/Length {}>>\nstream\n", data.len());
    pdf.extend([stream.as_bytes(), data, b"\nendstream\nendobj\n"].concat());
    let (xref, places) = (pdf.len(), [9, 58, at]);
    let rows: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let end = format!(
        "xref\n0 4\n0000000000 65535 f \n{rows}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
    );
    pdf.extend(end.as_bytes());
    pdf
}

#[test]
fn no_file_troubles_the_server() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let zeros = deflated_zeros(200);
    let nested = b"[".repeat(4 << 20);
    let files = [
        ("declared", zip_bomb("statement.json", 200 << 20, &zeros)),
        ("more than any pack", zip_bomb("statement.json", u32::MAX, &deflated_zeros(4_000))),
        ("undeclared", zip_bomb("statement.json", 10, &zeros)),
        ("events", zip_bomb("events.ndjson", 200 << 20, &zeros)),
        ("a path", zip_bomb("../../statement.json", 1, b"x")),
        ("a pack in a pack", zip_bomb("evidence.zip", 1, b"x")),
        ("a long name", zip_bomb(&"x".repeat(60_000), 1, b"x")),
        (
            "a PDF that unpacks",
            pdf_bomb("/Filter/FlateDecode", &[b"\x78\x9c", &deflated_zeros(3_000)[..]].concat()),
        ),
        ("a deep PDF", [b"%PDF-1.7\n1 0 obj\n", &nested[..]].concat()),
        ("a deep stream", pdf_bomb("", &[b"1 0 ", &nested[..]].concat())),
        ("a long PDF", [b"%PDF-1.7\n", &b"1 0 obj\n<<>>\nendobj\n".repeat(400_000)[..]].concat()),
    ];
    for (kind, file) in files {
        let reply = sent(&server, &[("accept-language", "en")], &in_a_form(&file));
        let said = reply.text();
        assert!(
            said.contains(">Not verified")
                || (reply.status == 422 && said.contains("It takes more time or memory")),
            "{kind}: {} {said}",
            reply.status
        );
        server.track(&keys.live, &call("gpt-4o"));
    }
}

/// What the page runs has limits of its own, which the command takes when it is told to.
#[test]
fn a_check_within_limits_ends_where_they_do() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let issued = closed_month(&server, &keys, "en");
    let pack = form(&server, &keys.live, &issued, "evidence");
    let bounded = |file: &[u8]| {
        let mut child = Command::new(binary())
            .args(["verify", "--json", "--bounded", "-"])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may have seen enough.
        drop(child.stdin.take().unwrap().write_all(file));
        child.wait_with_output().unwrap()
    };
    let output = bounded(&pack);
    assert!(output.status.success(), "{}", text(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let unbounded: Value = serde_json::from_slice(&verify(kept(&pack).path(), &["--json"]).stdout).unwrap();
    assert_eq!(found, unbounded);
    let output =
        bounded(&pdf_bomb("/Filter/FlateDecode", &[b"\x78\x9c", &deflated_zeros(3_000)[..]].concat()));
    assert!(!output.status.success(), "{}", text(&output));
}

#[test]
fn many_at_once_are_held_up_and_events_are_not() {
    let (_ledger, server) = behind_a_proxy();
    let keys = server.sign_up("a@example.com");
    let issued = closed_month(&server, &keys, "en");
    let pack = in_a_form(&form(&server, &keys.live, &issued, "evidence"));
    let statuses = thread::scope(|scope| {
        let asking: Vec<_> = (0..16)
            .map(|place| {
                let (server, pack) = (&server, &pack);
                // Most of them from one address.
                let address =
                    if place % 4 > 0 { "192.0.2.1".to_owned() } else { format!("198.51.100.{place}") };
                scope.spawn(move || sent(server, &[("x-forwarded-for", &address)], pack).status)
            })
            .collect();
        for _ in 0..20 {
            server.track(&keys.live, &call("gpt-4o"));
        }
        asking.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    // One address waits for itself: of its own, two may be in work and eight wait.
    let of = |is_one: bool| {
        let places = statuses.iter().enumerate().filter(move |(place, _)| (place % 4 > 0) == is_one);
        places.map(|(_, status)| *status).collect::<Vec<u16>>()
    };
    let [one, others] = [true, false].map(of);
    assert!(others.iter().all(|status| *status == 200), "{others:?}");
    assert!(one.iter().all(|status| matches!(status, 200 | 503)) && one.contains(&200), "{one:?}");
    // Within a minute no more than so many come from one.
    let more: Vec<u16> =
        (0..30).map(|_| sent(&server, &[("x-forwarded-for", "192.0.2.1")], b"x").status).collect();
    assert!(more.contains(&429), "{more:?}");
    let reply = sent(&server, &[("x-forwarded-for", "192.0.2.1"), ("accept-language", "fr")], b"x");
    assert!(reply.text().contains("Trop de fichiers sont venus"), "{}", reply.text());
    assert!(reply.header("retry-after").is_some());
}
