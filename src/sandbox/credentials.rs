//! What the pretend vendors let in. Public knowledge: they listen on loopback and know only made-up people.

/// The OAuth client of the pretend Salesforce: client credentials, refresh token, and JWT bearer without a check
/// of the signature.
pub const SALESFORCE_CLIENT_ID: &str = "leadline-sandbox-consumer-key";
/// Its secret.
pub const SALESFORCE_CLIENT_SECRET: &str = "leadline-sandbox-consumer-secret";
/// A refresh token that works from the start.
pub const SALESFORCE_REFRESH_TOKEN: &str = "leadline-sandbox-salesforce-refresh-token";
/// The user as whom the client's calls run, and the `sub` of a JWT assertion.
pub const SALESFORCE_USERNAME: &str = "integration@leadline.example";
/// The password for SOAP log-in, which old client libraries still use.
pub const SALESFORCE_PASSWORD: &str = "leadline-sandbox-password";

/// The private-app token of the pretend HubSpot.
pub const HUBSPOT_TOKEN: &str = "pat-na1-00000000-0000-4000-8000-000000000000";
/// Its OAuth client.
pub const HUBSPOT_CLIENT_ID: &str = "leadline-sandbox-client-id";
/// The OAuth client's secret.
pub const HUBSPOT_CLIENT_SECRET: &str = "leadline-sandbox-client-secret";
/// A refresh token that works from the start.
pub const HUBSPOT_REFRESH_TOKEN: &str = "leadline-sandbox-hubspot-refresh-token";
/// A private-app token with little more than reading contacts, to see what missing scopes look like.
pub const HUBSPOT_NARROW_TOKEN: &str = "pat-na1-00000000-0000-4000-8000-000000000001";
