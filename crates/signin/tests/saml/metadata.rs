//! Metadata is read as identity providers write it, and what is missing is named.

use signin::saml::Fault;
use signin::saml::certificate::Certificate;
use signin::saml::key::ServiceKey;
use signin::saml::metadata::{Binding, of_service, read, sign_on_address};

use crate::provider::{CALLBACK, ENTITY, ISSUER, Provider};

fn metadata(services: &str, keys: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\"?>\n<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         entityID=\"{ISSUER}\"><IDPSSODescriptor WantAuthnRequestsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}{services}</IDPSSODescriptor>\
         </EntityDescriptor>"
    )
}

fn service(binding: &str, location: &str) -> String {
    format!("<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{location}\"/>")
}

fn key(kind: &str, certificate: &Certificate) -> String {
    format!(
        "<KeyDescriptor{kind}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>\n{}\n\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
        certificate.base64()
    )
}

#[test]
fn a_providers_metadata_fills_in_the_settings() {
    let (old, new, other) = (Provider::new(), Provider::new(), Provider::new());
    let keys = [
        key(" use=\"signing\"", &old.certificate),
        key("", &new.certificate),
        key(" use=\"encryption\"", &other.certificate),
        key(" use=\"signing\"", &old.certificate),
    ];
    let services =
        service("HTTP-POST", "https://idp.example/post") + &service("HTTP-Redirect", "https://idp.example/go");
    let provider = read(&metadata(&services, &keys.concat())).unwrap();
    assert_eq!(provider.entity_id, ISSUER);
    assert_eq!(provider.sign_on_url, "https://idp.example/go");
    assert_eq!(provider.binding, Binding::Redirect);
    assert!(provider.wants_signed_requests);
    assert_eq!(provider.certificates, [old.certificate, new.certificate]);
    let post = read(&metadata(&service("HTTP-POST", "https://idp.example/post"), &keys[1])).unwrap();
    assert_eq!(post.binding, Binding::Post);
}

#[test]
fn what_is_missing_in_metadata_is_named() {
    let provider = Provider::new();
    let (go, signing) = (
        service("HTTP-Redirect", "https://idp.example/go"),
        key("", &provider.certificate),
    );
    for (text, told) in [
        (metadata(&go, ""), "no certificate"),
        (metadata("", &signing), "no address"),
        (
            metadata(&service("HTTP-Redirect", "javascript:alert(1)"), &signing),
            "https://",
        ),
        (
            metadata(&service("HTTP-Redirect", "http://idp.example/go"), &signing),
            "https://",
        ),
        ("<html><body>Not found</body></html>".to_owned(), "exactly one"),
    ] {
        let fault = read(&text).unwrap_err();
        assert!(fault.to_string().contains(told), "{fault}");
    }
    assert_eq!(read("<!DOCTYPE html><html/>").unwrap_err(), Fault::Doctype);
    assert!(sign_on_address("http://localhost:9000/sso").is_ok());
    assert!(sign_on_address("https://somebody:secret@idp.example/").is_err());
}

#[test]
fn rosters_own_metadata_is_read_by_the_same_rules() {
    let key = ServiceKey::from_entropy([5; 32], "Larkspur").unwrap();
    let text = of_service(ENTITY, CALLBACK, true, key.certificate());
    for part in [
        ENTITY,
        CALLBACK,
        "AuthnRequestsSigned=\"true\"",
        &key.certificate().base64(),
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn certificates_are_pasted_one_after_the_other_and_weak_ones_refused() {
    let (one, two) = (Provider::new().certificate, Provider::new().certificate);
    let both = format!("{}\n{}{}", one.pem(), two.pem(), one.pem());
    assert_eq!(Certificate::parse_all(&both).unwrap(), [one.clone(), two]);
    assert_eq!(Certificate::parse_all(&one.base64()).unwrap(), [one.clone()]);
    assert_eq!(one.fingerprint().len(), 32 * 3 - 1);
    let fault = Certificate::parse_all("no certificate at all").unwrap_err();
    assert!(fault.to_string().contains("no certificate at all"), "{fault}");
    // 1024 bits, made for this test.
    assert_eq!(Certificate::parse(WEAK).unwrap_err(), Fault::WeakKey);
}

const WEAK: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIB/DCCAWWgAwIBAgIUdFwPIfWQpGE4vrUq/h45OkETYp4wDQYJKoZIhvcNAQEL\n\
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjIwNzQ0NThaGA8yMTI2MTAyOTA3\n\
NDQ1OFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC\n\
gYEAvn//8b3UdMccZAY2gQrasQm/A0KdvRwloFibxpnSFJSLx+nF6N9qiW3PJRK/\n\
9+cxJmDnTFsOpUIM0t3DgFsRKTkKQc0Rhht5i54feheWTBiYvDQn7he0UC0JMrA0\n\
yQiODFmA92eRYGZzbsJ1HseEPr19K9D2/Sofj7JVain+EckCAwEAAaNTMFEwHQYD\n\
VR0OBBYEFEUK6GQfk8Hf3jk7GUUsGnfU/xlIMB8GA1UdIwQYMBaAFEUK6GQfk8Hf\n\
3jk7GUUsGnfU/xlIMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA\n\
RBXD3vAQdo2xwhkdpVJXC8ltliqcfwx4sXWg0M86xAQejly135c2z1JwYIFGIgbb\n\
f6yhPjTxWKwHYsLRjIj4r6gulEI0oDBIqqY9CxihworPn8bzWH2D5WkwqMRSNQse\n\
KMWxKZeVKIvXMcohV3xm2u2ixQnxURtfGnSVbUOFV8A=\n\
-----END CERTIFICATE-----
";
