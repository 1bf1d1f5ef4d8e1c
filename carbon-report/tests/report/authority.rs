//! A time-stamp authority that OpenSSL makes and runs: its certificates, and its answers to requests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

pub(crate) struct Authority {
    folder: TempDir,
    /// OpenSSL counts its tokens in a file.
    turn: Mutex<()>,
}

/// What it is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Of the key that signs: what `openssl genpkey` takes.
    pub(crate) key: &'static str,
    pub(crate) digest: &'static str,
    /// By what tokens name their certificate.
    pub(crate) named_by: &'static str,
    /// Another certificate stands between that of the key and the root.
    pub(crate) intermediate: bool,
}

pub(crate) const P_256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

impl Default for Made {
    fn default() -> Self {
        Made { key: P_256, digest: "sha256", named_by: "sha256", intermediate: false }
    }
}

/// What the certificate of the key says that it is for.
const FOR_TIME_STAMPS: &str = "extendedKeyUsage=critical,timeStamping";

impl Authority {
    pub(crate) fn new(made: Made) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let authority = Arc::new(Authority { folder, turn: Mutex::new(()) });
        let Made { key, digest, named_by, intermediate } = made;
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=Root -keyout root.key -out ca.pem",
        );
        let issuer = if intermediate {
            authority.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out between.key");
            authority.certify(
                "between",
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign",
                "ca",
                "root",
            );
            "between"
        } else {
            "root"
        };
        authority.openssl(&format!("genpkey {key} -out signer.key"));
        let issuer_certificate = if intermediate { "between" } else { "ca" };
        authority.certify("signer", FOR_TIME_STAMPS, issuer_certificate, issuer);
        let certificates = if intermediate { "certs = between.pem" } else { "" };
        authority.write(
            "ts.cnf",
            format!(
                "[tsa]\nserial = serial\nsigner_cert = signer.pem\nsigner_key = signer.key\n\
                 {certificates}\nsigner_digest = {digest}\ndefault_policy = 1.3.6.1.4.1.99999.1\ndigests = sha256\n\
                 accuracy = secs:1, millisecs:500\nclock_precision_digits = 3\nordering = yes\ntsa_name = yes\n\
                 ess_cert_id_alg = {named_by}\n"
            ),
        );
        authority
    }

    /// The certificate of `name`.key, in `name`.pem.
    fn certify(&self, name: &str, extensions: &str, issuer: &str, issuer_key: &str) {
        self.write("extensions", format!("{extensions}\n"));
        self.openssl(&format!("req -new -key {name}.key -subj /CN=Time/O={name} -out request.pem"));
        self.openssl(&format!(
            "x509 -req -in request.pem -CA {issuer}.pem -CAkey {issuer_key}.key -CAcreateserial -days 3650 -extfile extensions -out {name}.pem"
        ));
    }

    /// The certificate that vouches for it.
    pub(crate) fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(file), bytes).unwrap();
    }

    /// The whole answer to a request.
    pub(crate) fn reply(&self, request: &[u8]) -> Vec<u8> {
        let _turn = self.turn.lock().unwrap();
        self.reply_as_of(request, None)
    }

    fn reply_as_of(&self, request: &[u8], time: Option<&str>) -> Vec<u8> {
        self.write("request.tsq", request);
        self.run(time, "ts -reply -config ts.cnf -section tsa -queryfile request.tsq -out answer.tsr");
        fs::read(self.path("answer.tsr")).unwrap()
    }

    /// An answer as of a time at which the certificate was not valid yet.
    pub(crate) fn reply_too_early(&self, request: &[u8]) -> Vec<u8> {
        let _turn = self.turn.lock().unwrap();
        self.reply_as_of(request, Some("2020-01-01 00:00:00"))
    }

    /// An answer whose token is signed with a certificate that says something else of what it is for. OpenSSL signs it as CMS:
    /// it makes no time stamp with such a certificate.
    pub(crate) fn reply_of_another_purpose(&self, request: &[u8], extensions: &str) -> Vec<u8> {
        let _turn = self.turn.lock().unwrap();
        // Its certificate first: one that is made a second after the time it stamps is not valid yet.
        self.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.key");
        self.certify("other", extensions, "ca", "root");
        self.reply_as_of(request, None);
        self.openssl("ts -reply -in answer.tsr -token_out -out token.der");
        self.openssl("cms -verify -noverify -inform DER -in token.der -out content.der");
        self.openssl(
            "cms -sign -binary -nodetach -nosmimecap -cades -econtent_type 1.2.840.113549.1.9.16.1.4 -in content.der \
             -signer other.pem -inkey other.key -outform DER -out token.der",
        );
        self.openssl("ts -reply -in token.der -token_in -out answer.tsr");
        fs::read(self.path("answer.tsr")).unwrap()
    }

    fn openssl(&self, arguments: &str) {
        self.run(None, arguments);
    }

    fn run(&self, as_of: Option<&str>, arguments: &str) {
        let mut command = match as_of {
            Some(time) => {
                let mut command = Command::new("faketime");
                command.args([time, "openssl"]);
                command
            }
            None => Command::new("openssl"),
        };
        let output =
            command.args(arguments.split_whitespace()).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whether OpenSSL alone finds an answer right: over that digest, by somebody for whom `ca` vouches.
pub(crate) fn openssl_verifies(tsr: &Path, sha256: &str, ca: &Path) -> bool {
    let output = Command::new("openssl")
        .args(["ts", "-verify", "-digest", sha256, "-in"])
        .arg(tsr)
        .arg("-CAfile")
        .arg(ca)
        .output()
        .unwrap();
    output.status.success()
}
