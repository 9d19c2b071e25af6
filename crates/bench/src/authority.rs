//! A certificate authority for this run only, and the certificate of the endpoints that stand in for AWS.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The files with the system's roots: Amazon Linux 2023's, which is Lambda's, and Debian's.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// An authority whose certificate only the processes of this run trust, for as long as they run.
#[derive(Debug)]
pub(crate) struct Authority {
    /// Its certificate, in PEM.
    pub(crate) alone: PathBuf,
    /// The system's roots followed by its certificate, so that a process which trusts this file reads about as much as
    /// it would without it.
    pub(crate) with_system_roots: PathBuf,
    /// The TLS configuration of a server for `localhost`.
    pub(crate) server: Arc<ServerConfig>,
}

impl Authority {
    /// Creates an authority, and writes its certificate into a folder. It issues through an intermediate authority, and
    /// all keys are RSA with 2048 bits, as at Amazon's endpoints: checking the chain is most of a handshake's cost for
    /// a client.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let (root, root_key) = (authority("Bench Root CA"), key()?);
        let root_certificate = root.self_signed(&root_key)?;
        let root = Issuer::new(root, root_key);

        let (intermediate, intermediate_key) = (authority("Bench CA 1"), key()?);
        let intermediate_certificate = intermediate.signed_by(&intermediate_key, &root)?;
        let intermediate = Issuer::new(intermediate, intermediate_key);

        let key = key()?;
        let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &intermediate)?;
        let chain = vec![certificate.der().clone(), intermediate_certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let server = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;

        let file = SYSTEM_ROOTS.iter().find(|file| Path::new(file).is_file());
        let file = file.context("the system has no root certificates: install ca-certificates")?;
        let mut roots = fs::read_to_string(file).with_context(|| format!("{file} can't be read"))?;
        let pem = root_certificate.pem();
        let alone = folder.join("authority.pem");
        fs::write(&alone, &pem)?;
        roots.push_str(&pem);
        let with_system_roots = folder.join("roots.pem");
        fs::write(&with_system_roots, &roots)?;
        Ok(Self { alone, with_system_roots, server: server.into() })
    }
}

fn key() -> Result<KeyPair> {
    let key = RsaPrivateKey::new(&mut OsRng, 2048)?.to_pkcs8_der()?;
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(key.as_bytes()), &PKCS_RSA_SHA256)?)
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}
