use proptest::prelude::*;

use super::*;

/// Made by OpenSSL, and what `openssl x509 -text` says of it.
#[test]
fn a_certificate_says_what_openssl_says_of_it() {
    let der = crate::wire::tls::testing::leaf();
    let read = certificate(&der).unwrap();
    assert_eq!(read.subject.text, "CN=shop.example, O=Größe");
    assert_eq!(read.issuer.text, "C=DE, O=Hoplens tests, CN=Hoplens test root");
    assert_eq!(read.not_before.text, "2026-11-25 17:52:58 UTC");
    assert_eq!(read.not_after.text, "2027-11-25 17:52:58 UTC");
    assert_eq!(read.names_line(), "shop.example, *.shop.example, 127.0.0.1, ::1");
    assert_eq!(read.key.text, "RSA 2048");
    let named = &der[read.subject.range.clone()];
    assert!(named.windows(12).any(|window| window == b"shop.example"));
}

#[test]
fn certificates_of_rcgen_are_read() {
    let params = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    let read = certificate(made.der()).unwrap();
    assert_eq!(read.subject.text, "CN=rcgen self signed cert");
    assert_eq!((read.key.text.as_str(), read.names_line().as_str()), ("P-256", "localhost"));
    assert_eq!(read.not_before.text, "1975-01-01 00:00:00 UTC");
    for len in 0..made.der().len() {
        assert_eq!(certificate(&made.der()[..len]), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(der in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = certificate(&der);
    }

    #[test]
    fn a_damaged_certificate_is_read(damage in proptest::collection::vec((0_usize..2000, any::<u8>()), 0..9)) {
        let params = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut der = params.self_signed(&key).unwrap().der().to_vec();
        for (at, byte) in damage {
            let len = der.len();
            der[at % len] = byte;
        }
        if let Some(read) = certificate(&der) {
            let parts = read.parts();
            prop_assert!(parts.iter().all(|(.., range)| range.end <= der.len()));
        }
    }
}
