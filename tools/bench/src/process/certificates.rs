//! A temporary certificate authority, so that the functions use TLS as with AWS.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The paths of the trusted certificates in Linux distributions; Amazon Linux is the first.
const TRUSTED: [&str; 2] = [
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
];

/// The server's certificate, and the authorities that a client must trust.
pub(super) struct Certificates {
    pub(super) acceptor: TlsAcceptor,
    /// The authorities of the system, as many as a function reads in Lambda, and the temporary one.
    pub(super) bundle: PathBuf,
}

impl Certificates {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        // A certificate whose issuer has its own name counts as self-signed.
        let name = "an authority for one run";
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).map_err(io::Error::other)?;
        let bundle = folder.join("authorities.pem");
        std::fs::write(&bundle, trusted()? + &authority.pem())?;
        Ok(Self {
            acceptor: acceptor(&Issuer::new(params, key))?,
            bundle,
        })
    }
}

fn trusted() -> io::Result<String> {
    let found = TRUSTED.iter().find(|path| Path::new(path).is_file());
    let path = found.ok_or_else(|| {
        io::Error::other(format!(
            "the system has no certificates: none of {TRUSTED:?} exists"
        ))
    })?;
    std::fs::read_to_string(path)
}

/// A client that trusts the authority accepts this certificate for 127.0.0.1.
fn acceptor(authority: &Issuer<'_, KeyPair>) -> io::Result<TlsAcceptor> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).map_err(io::Error::other)?;
    let certificate: Certificate = params
        .signed_by(&key, authority)
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
