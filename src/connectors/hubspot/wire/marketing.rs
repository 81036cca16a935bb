//! Forms, marketing e-mails and their events, campaigns and their money.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Properties, optional_decimal, optional_text_or_number};

/// A form; only its name is wanted.
#[derive(Debug, Deserialize)]
pub(in crate::connectors::hubspot) struct Form {
    pub(in crate::connectors::hubspot) id: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) name: Option<String>,
}

/// A marketing e-mail and the ids its events name it by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct MarketingEmail {
    #[serde(default)]
    pub(in crate::connectors::hubspot) name: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) primary_email_campaign_id: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) all_email_campaign_ids: Vec<serde_json::Value>,
}

impl MarketingEmail {
    /// Every id an event may name it by.
    pub(in crate::connectors::hubspot) fn event_ids(&self) -> impl Iterator<Item = String> {
        let all = self.all_email_campaign_ids.iter().filter_map(|id| match id {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        self.primary_email_campaign_id.clone().into_iter().chain(all)
    }
}

/// A page of e-mail events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct EmailEvents {
    #[serde(default)]
    pub(in crate::connectors::hubspot) events: Vec<EmailEvent>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) has_more: bool,
    #[serde(default)]
    pub(in crate::connectors::hubspot) offset: Option<String>,
}

/// What happened to one marketing e-mail at one recipient. Only id and creation together identify it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct EmailEvent {
    pub(in crate::connectors::hubspot) id: String,
    pub(in crate::connectors::hubspot) created: i64,
    #[serde(rename = "type")]
    pub(in crate::connectors::hubspot) kind: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) recipient: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) email_campaign_id: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) filtered_event: bool,
    #[serde(default)]
    pub(in crate::connectors::hubspot) url: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) portal_subscription_status: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) subscriptions: Vec<SubscriptionChange>,
}

impl EmailEvent {
    /// Whether the recipient left a subscription, or all of them.
    pub(in crate::connectors::hubspot) fn unsubscribes(&self) -> bool {
        let each = self.subscriptions.iter().map(|change| change.status.as_deref());
        each.chain([self.portal_subscription_status.as_deref()]).any(|status| status == Some("UNSUBSCRIBED"))
    }
}

/// A change of one subscription.
#[derive(Debug, Deserialize)]
pub(in crate::connectors::hubspot) struct SubscriptionChange {
    #[serde(default)]
    pub(in crate::connectors::hubspot) status: Option<String>,
}

/// A marketing campaign. Properties that were not asked for or are empty are left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct Campaign {
    pub(in crate::connectors::hubspot) id: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) properties: Properties,
    pub(in crate::connectors::hubspot) created_at: DateTime<Utc>,
    pub(in crate::connectors::hubspot) updated_at: DateTime<Utc>,
}

/// A campaign's money.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct BudgetTotals {
    #[serde(default)]
    pub(in crate::connectors::hubspot) currency_code: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(in crate::connectors::hubspot) budget_total: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(in crate::connectors::hubspot) spend_total: Option<Decimal>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) spend_items: Vec<SpendItem>,
}

/// One item of what was spent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct SpendItem {
    #[serde(default)]
    pub(in crate::connectors::hubspot) name: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(in crate::connectors::hubspot) amount: Option<Decimal>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) description: Option<String>,
    pub(in crate::connectors::hubspot) created_at: i64,
}
