//! What an error says.

use serde::Deserialize;

/// An error body. Any member may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::connectors::hubspot) struct ErrorBody {
    pub(in crate::connectors::hubspot) message: Option<String>,
    pub(in crate::connectors::hubspot) category: Option<String>,
    pub(in crate::connectors::hubspot) error_type: Option<String>,
    pub(in crate::connectors::hubspot) policy_name: Option<String>,
    pub(in crate::connectors::hubspot) correlation_id: Option<String>,
    pub(in crate::connectors::hubspot) errors: Vec<ErrorDetail>,
    /// The mixed bodies of the token endpoint have these two.
    pub(in crate::connectors::hubspot) error: Option<String>,
    pub(in crate::connectors::hubspot) status: Option<String>,
}

/// One of the reasons of an error.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::connectors::hubspot) struct ErrorDetail {
    pub(in crate::connectors::hubspot) code: Option<String>,
}
