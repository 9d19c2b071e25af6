//! The certificate authorities that are trusted.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sign_in::settings::Trust;

/// The certificate authorities of AWS's endpoints. `trust/README.md` says where they are from.
const AMAZON_ROOTS: [&str; 5] = [
    include_str!("../../trust/amazon-root-ca-1.pem"),
    include_str!("../../trust/amazon-root-ca-2.pem"),
    include_str!("../../trust/amazon-root-ca-3.pem"),
    include_str!("../../trust/amazon-root-ca-4.pem"),
    include_str!("../../trust/starfield-services-root-ca-g2.pem"),
];

/// Where systems have all their authorities in one file: Amazon Linux, Debian, openSUSE, Alpine.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Reads those that the settings name. What can't be read is left out, with a warning: it vouches for nobody.
pub(super) fn read(trust: Trust, file: Option<&str>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    if trust == Trust::Amazon {
        for pem in AMAZON_ROOTS {
            roots.add_parsable_certificates(CertificateDer::from_pem_slice(pem.as_bytes()));
        }
    }
    let of_system = || SYSTEM_FILES.into_iter().find(|file| Path::new(file).exists());
    let file = file.or_else(|| if trust == Trust::System { of_system() } else { None });
    if file.is_none() && trust == Trust::System {
        tracing::warn!("the system has no file of certificates");
    }
    if let Some(file) = file {
        let read = CertificateDer::pem_file_iter(file).into_iter().flatten().flatten();
        let (valid, _) = roots.add_parsable_certificates(read);
        if valid == 0 {
            tracing::warn!(file, "no certificates");
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_are_those_that_amazon_names() {
        let fingerprints = AMAZON_ROOTS.map(|pem| {
            let lines = pem.lines().filter(|line| !line.starts_with("-----"));
            let digest = Sha256::digest(STANDARD.decode(lines.collect::<String>()).unwrap());
            digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
        });
        let known = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        assert_eq!(fingerprints, known);
        let document = include_str!("../../trust/README.md");
        assert!(known.iter().all(|fingerprint| document.contains(fingerprint)));
    }

    #[test]
    fn a_file_is_trusted_with_amazons_and_in_place_of_the_systems() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/trust/amazon-root-ca-1.pem");
        assert_eq!(read(Trust::Amazon, None).len(), 5);
        assert_eq!(read(Trust::Amazon, Some(file)).len(), 6);
        assert_eq!(read(Trust::System, Some(file)).len(), 1);
        // What is no certificate vouches for nobody.
        for none in ["/nothing/here", concat!(env!("CARGO_MANIFEST_DIR"), "/trust/README.md")] {
            assert_eq!(read(Trust::Amazon, Some(none)).len(), 5);
            assert_eq!(read(Trust::System, Some(none)).len(), 0);
        }
    }
}
