//! TLS of our own: the operator's certificate, read again when told to.

use crate::config::Tls;
use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};
use thiserror::Error;
use tokio::signal::unix::Signal;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The name of HTTP/2 in a handshake.
pub(crate) const HTTP_2: &[u8] = b"h2";

/// Why a certificate or its key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot serve TLS: {0}")]
pub struct NotTls(String);

/// The certificate that new connections are shown.
pub(crate) struct Certificate {
    files: Tls,
    acceptor: RwLock<TlsAcceptor>,
}

impl Certificate {
    /// Reads it; `None` where none is configured.
    pub(crate) fn read(files: &Tls) -> Result<Option<Arc<Certificate>>, NotTls> {
        let Some(acceptor) = acceptor(files)? else { return Ok(None) };
        Ok(Some(Arc::new(Certificate { files: files.clone(), acceptor: RwLock::new(acceptor) })))
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads it again. What cannot be used leaves the old one in place.
    async fn read_again(self: Arc<Self>) {
        let certificate = self.clone();
        let read = tokio::task::spawn_blocking(move || acceptor(&certificate.files)).await;
        match read {
            Ok(Ok(Some(acceptor))) => {
                *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
                tracing::info!("the certificate was read again");
            }
            Ok(Err(error)) => tracing::error!(%error, "the old certificate is kept"),
            Ok(Ok(None)) | Err(_) => {}
        }
    }
}

/// Reads the certificate again on each SIGHUP; where there is none, the signal must still not end the server.
pub(crate) async fn renew(certificate: Option<Arc<Certificate>>, mut hang_up: Signal) {
    while hang_up.recv().await.is_some() {
        match &certificate {
            Some(certificate) => certificate.clone().read_again().await,
            None => tracing::info!("SIGHUP: there is no certificate to read again, nothing was done"),
        }
    }
}

fn acceptor(Tls { tls_cert, tls_key }: &Tls) -> Result<Option<TlsAcceptor>, NotTls> {
    let (Some(cert), Some(key)) = (tls_cert, tls_key) else { return Ok(None) };
    let of = |path: &Path, error: &dyn std::fmt::Display| NotTls(format!("{}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| of(cert, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| of(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| NotTls(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| of(cert, &error))?;
    // Ours is the order that counts. Some clients of gRPC offer both, and can only use the first.
    config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
