//! Sending a mail: the connection to the operator's server, and what its answers mean.

use crate::{
    config::{Mail, NoMail, SmtpSecurity, SmtpUrl},
    store::AttemptFailure,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use std::{path::Path, time::Duration};
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

/// Longer than a server should need, and shorter than a message is taken for: who is cut off here tries again.
const SENT_WITHIN: Duration = Duration::from_secs(45);
/// For one answer of the server.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// Refusals of whoever sends, not of the recipient: the operator can mend them. RFC 4954 and its extensions.
const REFUSED_LOG_INS: [u16; 4] = [530, 534, 535, 538];

/// Sends mail.
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Whom mail is from.
    pub(crate) from: Mailbox,
    /// What links in mail begin with.
    pub(crate) public_url: String,
}

impl Mailer {
    /// `None` where the operator names no server.
    pub(crate) fn of(mail: &Mail, public_url: Option<&str>) -> Result<Option<Self>, NoMail> {
        let Mail { smtp_url: Some(server), mail_from: Some(from), smtp_ca } = mail else { return Ok(None) };
        let public_url = public_url.ok_or_else(|| NoMail("there is no --public-url".to_owned()))?;
        let SmtpUrl { host, port, security, credentials } = server;
        let certificates = smtp_ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?;
        let encrypted = || {
            let builder = TlsParameters::builder(host.clone());
            let builder = certificates
                .into_iter()
                .fold(builder, |builder, certificate| builder.add_root_certificate(certificate));
            builder.build_rustls().map_err(|error| NoMail(error.to_string()))
        };
        let tls = match security {
            SmtpSecurity::Tls => Tls::Wrapper(encrypted()?),
            SmtpSecurity::StartTls => Tls::Required(encrypted()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(ANSWERED_WITHIN));
        if let Some((user, password)) = credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Some(Mailer { transport: builder.build(), from: from.clone(), public_url: public_url.to_owned() }))
    }

    /// Sends a mail: the server has taken it, or why not.
    pub(crate) async fn send(&self, message: Message) -> Result<(), AttemptFailure> {
        let Ok(sent) = timeout(SENT_WITHIN, self.transport.send(message)).await else {
            return Err(AttemptFailure::from("the server that takes mail did not answer in time".to_owned()));
        };
        let Err(error) = sent else { return Ok(()) };
        let reply_code = error.status().map(u16::from);
        let is_final =
            error.is_permanent() && !reply_code.is_some_and(|code| REFUSED_LOG_INS.contains(&code));
        // What cannot be read may be anything, addresses included.
        let unreadable = error.is_response().then(|| "the mail server's answer cannot be read".to_owned());
        Err(AttemptFailure { error: unreadable.unwrap_or_else(|| error.to_string()), is_final, reply_code })
    }
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, NoMail> {
    let cannot = |error: &dyn std::fmt::Display| NoMail(format!("{}: {error}", file.display()));
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|error| cannot(&error))?;
    if found.is_empty() {
        return Err(cannot(&"has no certificate"));
    }
    let made = found.into_iter().map(|der| Certificate::from_der(der.to_vec()));
    made.collect::<Result<_, _>>().map_err(|error| cannot(&error))
}
