//! How this vendor lets us in: a fixed token of a private app or service key, or the refresh token of an OAuth app.
//! On the wire both are bearer tokens.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::upstream::{StaticToken, Token, TokenHttp, Tokens, UpstreamError, Url};

use super::ConnectError;
use super::config::HubspotOptions;
use super::wire::account::TokenAnswer;

/// Whatever the settings give credentials for.
pub(super) fn tokens(options: &HubspotOptions, token_url: Url) -> Result<Arc<dyn Tokens>, ConnectError> {
    let HubspotOptions { access_token, client_id, client_secret, refresh_token, .. } = options;
    match (access_token, client_id, client_secret, refresh_token) {
        (Some(token), None, None, None) => Ok(Arc::new(StaticToken(token.clone()))),
        (None, Some(id), Some(secret), Some(refresh)) => Ok(Arc::new(RefreshToken {
            token_url,
            client_id: id.clone(),
            client_secret: secret.clone(),
            current: Mutex::new(refresh.clone()),
        })),
        _ => Err(ConnectError::Credentials),
    }
}

/// An OAuth app's way in. The vendor may hand out another refresh token with an answer; the newest one counts.
struct RefreshToken {
    token_url: Url,
    client_id: String,
    client_secret: SecretString,
    current: Mutex<SecretString>,
}

#[async_trait]
impl Tokens for RefreshToken {
    async fn fetch(&self, http: &TokenHttp) -> Result<Token, UpstreamError> {
        let mut refresh_token = self.current.lock().await;
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        let reply = http.post_form(self.token_url.clone(), &fields).await?;
        let answer: TokenAnswer = http.read(&reply)?;
        if let Some(newer) = answer.refresh_token {
            *refresh_token = SecretString::from(newer);
        }
        Ok(Token {
            bearer: SecretString::from(answer.access_token),
            base_url: None,
            expires_in: Some(Duration::from_secs(answer.expires_in)),
        })
    }
}
