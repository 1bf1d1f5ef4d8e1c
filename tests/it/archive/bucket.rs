//! Archives in an object store: a server of its protocol on this machine.

use super::{Filled, done, run};
use crate::{ports::free_port, server::ROOT};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

/// Who may change objects: this server does not look at signatures.
const OWNER: &str =
    "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-3/s3/aws4_request, SignedHeaders=host, Signature=0";

/// moto's server.
struct Store {
    process: Child,
    url: String,
}

impl Store {
    fn start() -> Self {
        let port = free_port();
        let program = Path::new(ROOT).join("target/python-s3/bin/moto_server");
        let process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let store = Store { process, url: format!("http://127.0.0.1:{port}") };
        crate::servers::within(60, "the object store", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        ureq::put(format!("{}/archives", store.url)).send_empty().unwrap();
        store
    }

    /// How programs are told of it.
    fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-west-3"),
        ]
    }

    /// The names of its objects.
    fn objects(&self) -> Vec<String> {
        let listed = ureq::get(format!("{}/archives", self.url)).call().unwrap();
        let listed = listed.into_body().read_to_string().unwrap();
        let keys = listed.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap().to_owned());
        keys.collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

#[test]
fn archives_in_a_bucket_are_read_as_those_in_a_folder() {
    let mut filled = Filled::new();
    let told = filled.told();
    let store = Store::start();
    let to = "s3://archives/carbon/events";
    let open = filled.open().to_owned();
    let arguments = ["archive", "--before", &open, "--to", to, "--yes"];
    let (archived, said) = run(&filled.ledger, &arguments);
    assert!(!archived && said.contains("AWS_ACCESS_KEY_ID is not set"), "{said}");
    filled.ledger.set_variables(&store.variables());
    let nowhere = ["archive", "--before", &open, "--to", "s3://nowhere", "--yes"];
    let (archived, said) = run(&filled.ledger, &nowhere);
    assert!(!archived && said.contains("the object store answers 404, NoSuchBucket"), "{said}");
    let said = done(&filled.ledger, &arguments);
    assert_eq!(said.matches("events archived, ").count(), 2, "{said}");
    let objects = store.objects();
    assert_eq!(objects.len(), 2, "{objects:?}");
    assert!(objects.iter().all(|name| name.starts_with("carbon/events/")), "{objects:?}");
    filled.prune();
    filled.ledger.check();
    filled.stop();
    filled.serve_with(&[]);
    assert!(filled.told() == told);
    // An object that is another one, or none.
    let url = format!("{}/archives/{}", store.url, objects[0]);
    ureq::put(&url).header("authorization", OWNER).send("another").unwrap();
    let (sound, said) = run(&filled.ledger, &["check"]);
    assert!(!sound && said.contains("it is not the file that was written"), "{said}");
    ureq::delete(&url).header("authorization", OWNER).call().unwrap();
    let (sound, said) = run(&filled.ledger, &["check"]);
    assert!(!sound && said.contains("the object store answers 404, NoSuchKey"), "{said}");
    filled.get(&filled.packs[0]).problem(503);
}
