//! Time stamps of an authority, which OpenSSL is here: over the seals of closed and restated months, kept with the ledger, in
//! evidence packs, and checked by OpenSSL alone.

use crate::{
    authority::{Authority, Made, openssl_verifies},
    ledger::Ledger,
    report_evidence::{close, form, kept, report, text, verify},
    server::{ROOT, Server, binary},
    servers::within,
    time,
};
use carbon_report::time_stamp::TimeStampRequest;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Cursor, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use zip::ZipArchive;

/// What the authority does with a request.
pub(crate) enum Answer {
    Body(u16, Vec<u8>),
    /// Says that more comes than does.
    Cut(Vec<u8>),
    /// As much as the other side takes.
    Endless,
    Hang,
    Close,
}

impl Answer {
    pub(crate) fn granted(authority: &Authority, request: &[u8]) -> Self {
        Answer::Body(200, authority.reply(request))
    }
}

/// An authority that is reached at the answered address.
pub(crate) fn serving(
    authority: Arc<Authority>,
    answer: impl Fn(&Authority, &[u8]) -> Answer + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsr", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (authority, answer) = (authority.clone(), answer.clone());
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream.unwrap());
                let request = read(&mut stream);
                // Whoever hangs up has had enough.
                drop(write(stream.get_mut(), answer(&authority, &request)));
            });
        }
    });
    url
}

/// The body of a request for a time stamp.
fn read(stream: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let head = head.to_lowercase();
    assert!(
        head.starts_with("post /tsr ") && head.contains("\r\ncontent-type: application/timestamp-query\r\n"),
        "{head}"
    );
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    body
}

fn write(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let head = |status: u16, length: usize| {
        format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/timestamp-reply\r\nlocation: /elsewhere\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        )
    };
    match answer {
        Answer::Body(status, body) => {
            stream.write_all(&[head(status, body.len()).as_bytes(), &body].concat())
        }
        Answer::Cut(body) => stream.write_all(&[head(200, 2 * body.len()).as_bytes(), &body].concat()),
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n")?;
            (0..100_000).try_for_each(|_| stream.write_all(&[0x30; 1_024]))
        }
        Answer::Hang => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Answer::Close => Ok(()),
    }
}

pub(crate) fn serve(ledger: &Ledger, url: &str, ca: &Path) -> Server {
    let ca = ca.display().to_string();
    ledger.serve_with(&["--housekeeping-s", "1", "--time-stamp-url", url, "--time-stamp-ca", &ca])
}

fn stamps(ledger: &Ledger) -> u64 {
    ledger.count("select count(*) from time_stamp")
}

fn members(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    let places = 0..zip.len();
    let read = |place| {
        let mut file = zip.by_index(place).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    places.map(read).collect()
}

#[test]
fn a_closing_is_stamped_and_an_auditor_needs_openssl_alone() {
    let ledger = Ledger::new();
    let authority = Authority::new(Made { intermediate: true, ..Made::default() });
    let others = Authority::new(Made::default());
    // The first attempt fails, and so there is a pack from before the time stamp.
    let asked = Mutex::new(HashSet::new());
    let url = serving(authority.clone(), move |authority, request| {
        let is_first = asked.lock().unwrap().insert(digest(request));
        if is_first { Answer::Body(503, Vec::new()) } else { Answer::granted(authority, request) }
    });
    let server = serve(&ledger, &url, &authority.ca());
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &time::on(5, "e", json!({})));
    close(&server, &keys.live);
    let report = report(&server, &keys.live, json!({}));
    let pdf = form(&server, &keys.live, &report, "pdf");
    let before = kept(&form(&server, &keys.live, &report, "evidence"));
    let output = verify(before.path(), &["--time-stamp-ca", &authority.ca().display().to_string()]);
    assert!(output.status.success() && text(&output).contains("Time stamp     none\n"), "{}", text(&output));
    within(30, "a time stamp", || stamps(&ledger) == 1);

    // The report is what it was; its pack has the time stamp from now on.
    assert_eq!(form(&server, &keys.live, &report, "pdf"), pdf);
    let pack = form(&server, &keys.live, &report, "evidence");
    assert_eq!(form(&server, &keys.live, &report, "evidence"), pack);
    let (_, tsr) = members(&pack).into_iter().find(|(name, _)| name == "closing.tsr").unwrap();
    let statement = form(&server, &keys.live, &report, "statement");
    let seal = serde_json::from_slice::<Value>(&statement).unwrap()["audit"]["closing_seal"].clone();
    let sha256 = seal["sha256"].as_str().unwrap();
    let file = kept(&tsr);
    assert!(openssl_verifies(file.path(), sha256, &authority.ca()));
    assert!(!openssl_verifies(file.path(), sha256, &others.ca()));
    assert!(!openssl_verifies(file.path(), &"0f".repeat(32), &authority.ca()));

    let pack = kept(&pack);
    let [ca, other_ca] = [&authority, &others].map(|authority| authority.ca().display().to_string());
    let output = verify(pack.path(), &[]);
    let today = &jiff::Timestamp::now().to_string()[..10];
    let attested = format!("Time stamp     the closing seal was there at {today}");
    assert!(output.status.success() && text(&output).contains(&attested), "{}", text(&output));
    assert!(text(&output).contains(", says O=signer,CN=Time, which was not checked"), "{}", text(&output));
    let output = verify(pack.path(), &["--time-stamp-ca", &ca]);
    assert!(
        output.status.success() && text(&output).contains(", says O=signer,CN=Time\n"),
        "{}",
        text(&output)
    );
    let output = verify(pack.path(), &["--json", "--time-stamp-ca", &ca]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&document["time_stamp"]["authority_checked"], &document["time_stamp"]["policy"]),
        (&json!(true), &json!("1.3.6.1.4.1.99999.1"))
    );
    let output = verify(pack.path(), &["--time-stamp-ca", &other_ca]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("closing.tsr: its certificate leads to none of the named authorities"),
        "{}",
        text(&output)
    );
    let output = verify(pack.path(), &["--time-stamp-ca", "/dev/null"]);
    assert!(
        text(&output).contains("/dev/null: the certificates of time-stamp authorities must be X.509 in PEM"),
        "{}",
        text(&output)
    );
    let script = format!("{ROOT}/carbon-report/scripts/verify_pack.py");
    for (pack, says) in [(&before, "It has no time stamp."), (&pack, "closing.tsr names the closing seal")] {
        let output = Command::new("python3").arg(&script).arg(pack.path()).output().unwrap();
        assert!(output.status.success() && text(&output).contains(says), "{}", text(&output));
    }

    // A restatement has a seal of its own, and so a time stamp of its own.
    let body = json!({"month": time::month(), "factor_set": "2025.1", "reason": "compared"});
    server.post("/api/v1/restatements", Some(&keys.live), &body);
    within(30, "a time stamp of the restatement", || stamps(&ledger) == 2);
    server.stop();

    let output = ledger.run(&["check"]);
    let said = text(&output);
    assert!(output.status.success() && said.contains("Time stamps    2, the last over seal "), "{said}");
    assert!(
        said.contains(&format!(": it was there at {today}"))
            && said.contains("CN=Time, which was not checked\n"),
        "{said}"
    );
    let output = ledger.run(&["check", "--time-stamp-ca", &ca]);
    assert!(
        output.status.success() && text(&output).contains(", says O=signer,CN=Time\n"),
        "{}",
        text(&output)
    );
    let output = ledger.run(&["check", "--json", "--time-stamp-ca", &ca]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["time_stamps"][0]["seal"], seal["number"]);
    assert_eq!(document["time_stamps"][1]["authority_checked"], true);
    let output = ledger.run(&["check", "--time-stamp-ca", &other_ca]);
    let named = format!(
        "time stamp 1, over seal {}: its certificate leads to none of the named authorities",
        seal["number"]
    );
    assert!(output.status.code() == Some(1) && text(&output).contains(&named), "{}", text(&output));

    // A server without an authority leaves what there is.
    let without = ledger.serve();
    let again = form(&without, &keys.live, &report, "evidence");
    assert_eq!(fs::read(pack.path()).unwrap(), again);
}

/// SHA-256 in a request: behind its tag and its length.
fn digest(request: &[u8]) -> [u8; 32] {
    let at = request.windows(2).position(|bytes| bytes == [0x04, 0x20]).unwrap() + 2;
    request[at..at + 32].try_into().unwrap()
}

#[test]
fn a_month_that_was_closed_before_there_was_an_authority_is_stamped_later() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &time::on(5, "e", json!({})));
    close(&server, &keys.live);
    server.stop();
    assert_eq!((stamps(&ledger), ledger.count("select count(*) from outbox_message")), (0, 0));
    let authority = Authority::new(Made::default());
    let ca = authority.ca();
    let start = |flags: &[&str]| {
        let output = Command::new(binary())
            .args(["--listen", "127.0.0.1:0", "--database", &ledger.url()])
            .args(flags)
            .output()
            .unwrap();
        assert!(!output.status.success());
        text(&output)
    };
    assert!(start(&["--time-stamp-url", "http://127.0.0.1:9/"]).contains("--time-stamp-ca <FILE>"));
    assert!(start(&["--time-stamp-ca", "ca.pem"]).contains("--time-stamp-url <URL>"));
    let said = start(&["--time-stamp-url", "http://127.0.0.1:9/", "--time-stamp-ca", "/nowhere/ca.pem"]);
    assert!(said.contains("time stamps cannot be checked: /nowhere/ca.pem: "), "{said}");
    // An authority that never answered, until the request was given up: another day, it is asked again.
    let down = serving(authority.clone(), |_, _| Answer::Body(500, Vec::new()));
    let server = serve(&ledger, &down, &ca);
    within(30, "an attempt", || ledger.count("select count(*) from outbox_message where attempts > 0") == 1);
    server.stop();
    ledger.execute(
        "update outbox_message set payload = null, next_attempt_at_ms = null, message_id = 'of yesterday'",
    );
    let url = serving(authority, Answer::granted);
    let server = serve(&ledger, &url, &ca);
    within(30, "a time stamp", || stamps(&ledger) == 1);
    server.stop();
    ledger.check();
}

/// Something wrong that an authority may answer.
type Wrong = Box<dyn Fn(&Authority, &[u8]) -> Answer + Send + Sync>;

/// What is wrong, and what the log says of it.
fn wrong_answers() -> Vec<(&'static str, Wrong)> {
    let other = Authority::new(Made::default());
    let body = |body: Vec<u8>| Answer::Body(200, body);
    let ask = |sha256, nonce| TimeStampRequest { sha256, nonce }.to_der();
    let status = |authority: &Authority, request: &[u8], status: u8| {
        let mut answer = authority.reply(request);
        let at = answer.windows(3).position(|bytes| bytes == [2, 1, 0]).unwrap();
        answer[at + 2] = status;
        Answer::Body(200, answer)
    };
    fn of(answer: impl Fn(&Authority, &[u8]) -> Answer + Send + Sync + 'static) -> Wrong {
        Box::new(answer)
    }
    vec![
        ("the authority was not reached: status 500", of(|_, _| Answer::Body(500, Vec::new()))),
        ("the authority was not reached: status 404", of(|_, _| Answer::Body(404, b"<html>".to_vec()))),
        ("the authority was not reached: status 302", of(|_, _| Answer::Body(302, Vec::new()))),
        ("the authority was not reached: timeout", of(|_, _| Answer::Hang)),
        ("the authority was not reached: io: ", of(|_, _| Answer::Close)),
        (
            "the authority was not reached: the response body is larger than request limit",
            of(|_, _| Answer::Endless),
        ),
        (
            "the authority was not reached: io: Peer disconnected",
            of(|authority, request| Answer::Cut(authority.reply(request))),
        ),
        ("is no answer of a time-stamp authority: ", of(move |_, _| body(b"<html>hello</html>".to_vec()))),
        (
            "is no answer of a time-stamp authority: ASN.1 DER",
            of(move |authority, request| body(authority.reply(request)[..900].to_vec())),
        ),
        (
            "the authority answered granted with modifications",
            of(move |authority, request| status(authority, request, 1)),
        ),
        (
            "the authority answered rejection, the request has a wrong format",
            of(move |authority, _| body(authority.reply(b"\x30\x03\x02\x01\x01"))),
        ),
        (
            "does not repeat the nonce of the request",
            of(move |authority, request| body(authority.reply(&ask(digest(request), 7)))),
        ),
        (
            "is over another digest: 0f0f0f0f",
            of(move |authority, request| {
                let nonce =
                    u64::from_be_bytes(request[request.len() - 11..request.len() - 3].try_into().unwrap());
                body(authority.reply(&ask([0x0f; 32], nonce)))
            }),
        ),
        (
            "its certificate is not one for time stamps alone",
            of(move |authority, request| {
                body(authority.reply_of_another_purpose(request, "basicConstraints=CA:FALSE"))
            }),
        ),
        (
            "its certificate leads to none of the named authorities",
            of(move |_, request| body(other.reply(request))),
        ),
        (
            "its certificate is valid from 20",
            of(move |authority, request| body(authority.reply_too_early(request))),
        ),
    ]
}

#[test]
fn a_wrong_answer_is_named_and_asked_for_again() {
    let ledger = Ledger::new();
    let authority = Authority::new(Made::default());
    let ca = authority.ca();
    let wrong = wrong_answers();
    let expected: Vec<&str> = wrong.iter().map(|(expect, _)| *expect).collect();
    // Each seal meets another of them first, and then what is right.
    let asked = Mutex::new(HashSet::new());
    let url = serving(authority, move |authority, request| {
        let place = {
            let mut asked = asked.lock().unwrap();
            let place = asked.len();
            asked.insert(digest(request)).then_some(place)
        };
        match place.and_then(|place| wrong.get(place)) {
            Some((_, answer)) => answer(authority, request),
            None => Answer::granted(authority, request),
        }
    });
    let server = serve(&ledger, &url, &ca);
    for n in 0..expected.len() {
        let keys = server.sign_up(&format!("{n}@example.com"));
        server.track(&keys.live, &time::on(5, &format!("e-{n}"), json!({})));
        close(&server, &keys.live);
    }
    let all = u64::try_from(expected.len()).unwrap();
    within(60, "the second attempts", || stamps(&ledger) == all);
    let metrics = server.get("/metrics", None).text();
    let (_, _, log) = server.stop();
    for expect in expected {
        let is_told = |line: &&str| line.contains("a closing was not time-stamped") && line.contains(expect);
        assert!(log.lines().any(|line| is_told(&line)), "{expect}: {log}");
    }
    for (outcome, count) in [("unreached", 7), ("refused", all - 7), ("kept", all)] {
        let line = format!("carbon_time_stamps_total{{outcome=\"{outcome}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    ledger.check();
}
