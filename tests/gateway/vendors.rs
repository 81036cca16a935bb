//! The vendors' own APIs, called as their users would: what happens there while the gateway looks on.

use leadline::sandbox::credentials;
use reqwest::Method;
use serde_json::Value;

use super::running::Running;

/// The version of Salesforce's API the tests speak.
const VERSION: &str = "v67.0";

/// Both vendors, logged in.
pub(crate) struct Vendors<'a> {
    running: &'a Running,
    token: String,
}

impl<'a> Vendors<'a> {
    /// Logs in.
    pub(crate) async fn of(running: &'a Running) -> Self {
        let url = format!("{}/services/oauth2/token", running.vendors.salesforce.url);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", credentials::SALESFORCE_CLIENT_ID),
            ("client_secret", credentials::SALESFORCE_CLIENT_SECRET),
        ];
        let answer: Value = running.http().post(url).form(&form).send().await.unwrap().json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { running, token }
    }

    /// A call of Salesforce's REST API; `path` begins behind the version.
    pub(crate) async fn salesforce(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/services/data/{VERSION}{path}", self.running.vendors.salesforce.url);
        self.call(method, &url, &self.token, body).await
    }

    /// A call of HubSpot's API.
    pub(crate) async fn hubspot(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.running.vendors.hubspot.url);
        self.call(method, &url, credentials::HUBSPOT_TOKEN, body).await
    }

    async fn call(&self, method: Method, url: &str, token: &str, body: Value) -> Value {
        let mut request = self.running.http().request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}
