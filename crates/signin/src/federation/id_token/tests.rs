//! Tokens as an honest issuer makes them, and as others would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::PrivateSigningKey;
use openidconnect::core::CoreEdDsaPrivateSigningKey;
use serde_json::json;

use super::*;

const NOW: i64 = 1_795_000_000;
const TENANT_A: &str = "11111111-1111-1111-1111-111111111111";
const TENANT_B: &str = "22222222-2222-2222-2222-222222222222";
// Keys of nobody, made for these tests.
const HONEST: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEICWeYPLxoZKHZlQ6rkBi11E9JwchynXtljATLqym/XS9\n-----END PRIVATE KEY-----\n";
const HOSTILE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIF0zEX8lhGqEYGG0Ay0zMRcXqyDaD/1gV0bqp1cmDCV/\n-----END PRIVATE KEY-----\n";

fn key(pem: &str) -> CoreEdDsaPrivateSigningKey {
    let id = openidconnect::JsonWebKeyId::new("one".to_owned());
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, Some(id)).unwrap()
}

fn keys() -> Value {
    json!({ "keys": [key(HONEST).as_verification_key()] })
}

fn signed(pem: &str, claims: &Value) -> String {
    let input = unsigned("EdDSA", claims);
    let signature = key(pem)
        .sign(&CoreJwsSigningAlgorithm::EdDsa, input.as_bytes())
        .unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn unsigned(algorithm: &str, claims: &Value) -> String {
    let header = json!({"alg": algorithm, "kid": "one", "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(&header), part(claims))
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "sub": "s-1", "aud": "roster", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        "email": "ada@example.com", "email_verified": true, "name": "Ada",
    })
}

fn with(change: Value) -> Value {
    let mut all = claims();
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn believed(token: &str, issuer: &str) -> Result<Told, Disbelief> {
    let expected = Expected {
        issuer,
        client_id: "roster",
        nonce: "n",
        now: Timestamp::from_micros(NOW * 1_000_000),
    };
    verify(token, &keys(), &expected)
}

fn plain(token: &str) -> Result<Told, Disbelief> {
    believed(token, "https://issuer.example")
}

#[test]
fn a_token_of_this_round_trip_says_who_somebody_is() {
    let told = plain(&signed(HONEST, &claims())).unwrap();
    assert_eq!(
        (told.subject.as_str(), told.email.as_deref()),
        ("s-1", Some("ada@example.com"))
    );
    assert!(told.email_verified);
}

#[test]
fn a_token_that_nobody_signed_is_refused() {
    let token = format!("{}.", unsigned("none", &claims()));
    assert!(matches!(plain(&token), Err(Disbelief::Refused(_))));
}

#[test]
fn a_token_signed_with_a_shared_secret_is_refused() {
    for algorithm in ["HS256", "HS384", "HS512"] {
        let token = format!("{}.{}", unsigned(algorithm, &claims()), URL_SAFE_NO_PAD.encode([1; 32]));
        assert!(matches!(plain(&token), Err(Disbelief::Refused(_))), "{algorithm}");
    }
}

#[test]
fn a_token_signed_by_another_is_refused() {
    assert!(matches!(plain(&signed(HOSTILE, &claims())), Err(Disbelief::Refused(_))));
}

#[test]
fn a_key_that_is_not_known_is_told_apart_so_that_keys_may_change() {
    let token = signed(HONEST, &claims());
    let rest = token.split_once('.').unwrap().1;
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "EdDSA", "kid": "two"}).to_string());
    assert_eq!(plain(&format!("{header}.{rest}")).unwrap_err(), Disbelief::UnknownKey);
}

#[test]
fn a_token_of_another_sign_in_issuer_audience_or_time_is_refused() {
    let cases = [
        json!({"nonce": "m"}),
        json!({"nonce": null}),
        json!({"iss": "https://other.example"}),
        json!({"aud": "somebody-else"}),
        json!({"aud": ["roster", "somebody-else"]}),
        json!({"azp": "somebody-else"}),
        json!({"exp": NOW - 61}),
        json!({"iat": NOW - 601}),
        json!({"iat": NOW + 61}),
        json!({"nbf": NOW + 61}),
    ];
    for change in cases {
        let token = signed(HONEST, &with(change.clone()));
        assert!(matches!(plain(&token), Err(Disbelief::Refused(_))), "{change}");
    }
}

#[test]
fn clocks_may_differ_by_a_minute() {
    for change in [
        json!({"exp": NOW - 59}),
        json!({"iat": NOW + 59}),
        json!({"nbf": NOW + 59}),
    ] {
        assert!(plain(&signed(HONEST, &with(change.clone()))).is_ok(), "{change}");
    }
}

#[test]
fn a_tenant_speaks_for_itself_alone() {
    let template = "https://login.example/{tenantid}/v2.0";
    let of = |issuer: &str, tenant: Value| {
        with(json!({"iss": format!("https://login.example/{issuer}/v2.0"), "tid": tenant, "oid": "o-1"}))
    };
    let honest = believed(&signed(HONEST, &of(TENANT_A, json!(TENANT_A))), template).unwrap();
    assert_eq!(honest.tenant.as_deref(), Some(TENANT_A));
    for hostile in [
        of(TENANT_A, json!(TENANT_B)),
        of(TENANT_A, Value::Null),
        of("evil/x", json!("evil/x")),
    ] {
        let token = signed(HONEST, &hostile);
        assert!(
            matches!(believed(&token, template), Err(Disbelief::Refused(_))),
            "{hostile}"
        );
    }
}

#[test]
fn a_key_of_one_tenant_signs_for_no_other() {
    let mut keys = keys();
    keys["keys"][0]["issuer"] = json!(format!("https://login.example/{TENANT_B}/v2.0"));
    let claims = with(json!({"iss": format!("https://login.example/{TENANT_A}/v2.0"), "tid": TENANT_A}));
    let expected = Expected {
        issuer: "https://login.example/{tenantid}/v2.0",
        client_id: "roster",
        nonce: "n",
        now: Timestamp::from_micros(NOW * 1_000_000),
    };
    let error = verify(&signed(HONEST, &claims), &keys, &expected).unwrap_err();
    assert_eq!(error, Disbelief::UnknownKey);
}
