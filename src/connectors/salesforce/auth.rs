//! Three ways to log in: by client credentials, by a signed assertion, by a refresh token. The answer names the
//! org's API address, and never how long the token lives: it is used until it is refused.

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::domain::clock::Clock;
use crate::upstream::{Token, TokenHttp, Tokens, UpstreamError, Url};

use super::ConnectError;
use super::config::SalesforceOptions;
use super::wire::TokenResponse;

/// How long an assertion is good; the vendor refuses more than five minutes.
const ASSERTION_SECONDS: i64 = 180;

/// Logs in to one org.
pub(super) struct Login {
    endpoint: Url,
    client_id: String,
    grant: Grant,
}

enum Grant {
    ClientCredentials { secret: SecretString },
    Assertion { key: KeyPair, username: String, audience: String, clock: Clock },
    Refresh { token: SecretString, secret: Option<SecretString> },
}

impl Login {
    /// The way the settings choose; exactly one must be given.
    pub(super) fn new(options: &SalesforceOptions, base: &Url, clock: Clock) -> Result<Self, ConnectError> {
        let endpoint = base.join("/services/oauth2/token").map_err(|_| ConnectError::LoginUrl)?;
        let key = private_key(options)?;
        let grant = match (key, options.username.clone(), &options.refresh_token, &options.client_secret) {
            (Some(pem), Some(username), None, None) => {
                let origin = base.origin().ascii_serialization();
                let audience = options.audience.clone().unwrap_or(origin);
                Grant::Assertion { key: read_key(pem.expose_secret())?, username, audience, clock }
            }
            (None, None, Some(token), secret) => {
                Grant::Refresh { token: token.clone(), secret: secret.clone() }
            }
            (None, None, None, Some(secret)) => Grant::ClientCredentials { secret: secret.clone() },
            _ => return Err(ConnectError::Credentials),
        };
        Ok(Self { endpoint, client_id: options.client_id.clone(), grant })
    }
}

#[async_trait]
impl Tokens for Login {
    async fn fetch(&self, http: &TokenHttp) -> Result<Token, UpstreamError> {
        let assertion;
        let fields = match &self.grant {
            Grant::ClientCredentials { secret } => vec![
                ("grant_type", "client_credentials"),
                ("client_id", &*self.client_id),
                ("client_secret", secret.expose_secret()),
            ],
            Grant::Assertion { key, username, audience, clock } => {
                assertion = sign(key, &self.client_id, username, audience, clock.now())
                    .ok_or_else(|| http.refused("cannot_sign"))?;
                vec![
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", assertion.expose_secret()),
                ]
            }
            Grant::Refresh { token, secret } => {
                let mut fields = vec![
                    ("grant_type", "refresh_token"),
                    ("client_id", &*self.client_id),
                    ("refresh_token", token.expose_secret()),
                ];
                fields.extend(secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
                fields
            }
        };
        let reply = http.post_form(self.endpoint.clone(), &fields).await?;
        let token: TokenResponse = http.read(&reply)?;
        // The org may move: its address is read anew with every token.
        let base_url = Url::parse(&token.instance_url).map_err(|_| http.refused("bad_instance_url"))?;
        Ok(Token { bearer: token.access_token, base_url: Some(base_url), expires_in: None })
    }
}

fn private_key(options: &SalesforceOptions) -> Result<Option<SecretString>, ConnectError> {
    match (&options.private_key, &options.private_key_file) {
        (Some(_), Some(_)) => Err(ConnectError::Credentials),
        (Some(key), None) => Ok(Some(key.clone())),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).map_err(ConnectError::KeyFile)?;
            Ok(Some(SecretString::from(text)))
        }
        (None, None) => Ok(None),
    }
}

fn read_key(pem: &str) -> Result<KeyPair, ConnectError> {
    let body = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect::<String>();
    let der = STANDARD.decode(body).map_err(|_| ConnectError::Key)?;
    // "BEGIN PRIVATE KEY" is PKCS #8, "BEGIN RSA PRIVATE KEY" the older form without a wrapper.
    KeyPair::from_pkcs8(&der).or_else(|_| KeyPair::from_der(&der)).map_err(|_| ConnectError::Key)
}

/// A JSON Web Token with the four claims the vendor reads.
fn sign(
    key: &KeyPair,
    issuer: &str,
    subject: &str,
    audience: &str,
    now: DateTime<Utc>,
) -> Option<SecretString> {
    let expires = now.timestamp() + ASSERTION_SECONDS;
    let claims = json!({"iss": issuer, "sub": subject, "aud": audience, "exp": expires});
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
    Some(SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{self, KeyPair as _, UnparsedPublicKey};

    use super::super::config::options;
    use super::*;

    fn pem() -> (String, KeyPair) {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = key.as_der().expect("its encoding");
        let text = STANDARD.encode(der.as_ref());
        (format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"), key)
    }

    #[test]
    fn an_assertion_is_signed_with_the_key_of_the_settings() {
        let (pem, key) = pem();
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("an instant");
        let read = read_key(&pem).expect("a key that can be read");
        let token = sign(&read, "app", "ann@example.com", "https://login.example", now).expect("a token");
        let (signed, signature) = token.expose_secret().rsplit_once('.').expect("three parts");
        let public = UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key.public_key());
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        public.verify(signed.as_bytes(), &signature).expect("a signature that fits");
        let claims = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).expect("claims")).expect("base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("claims");
        assert_eq!(claims["exp"], 1_700_000_180);
        assert_eq!(claims["sub"], "ann@example.com");
    }

    #[test]
    fn exactly_one_way_to_log_in_must_be_given() {
        let base = Url::parse("https://acme.my.salesforce.com").expect("an address");
        let made = |more| Login::new(&options(more), &base, Clock::real()).map(|_| ());
        assert!(made(json!({"client_secret": "s"})).is_ok());
        assert!(made(json!({"refresh_token": "r"})).is_ok());
        assert!(made(json!({"private_key": pem().0, "username": "ann@example.com"})).is_ok());
        assert!(matches!(made(json!({})), Err(ConnectError::Credentials)));
        assert!(matches!(made(json!({"username": "ann@example.com"})), Err(ConnectError::Credentials)));
        let wrong = json!({"private_key": "none", "username": "ann@example.com"});
        assert!(matches!(made(wrong), Err(ConnectError::Key)));
    }
}
