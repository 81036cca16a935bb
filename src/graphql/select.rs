//! From the fields a document selects to the fields the sources are asked for: nothing else travels.

use async_graphql::{Context, Lookahead};

use crate::domain::account::{AccountField, AccountSelect};
use crate::domain::opportunity::{OpportunityField, OpportunitySelect};
use crate::domain::person::{PersonField, PersonSelect};
use crate::domain::select::Field;
use crate::unify::live::Live;

use super::request::request;

/// The selections below a list: of its entries, whichever way they are named.
pub(super) fn entries(look: Lookahead<'_>) -> [Lookahead<'_>; 2] {
    [look.field("nodes"), look.field("edges").field("node")]
}

/// What is selected of people below any of these places.
pub(super) fn people(ctx: &Context<'_>, places: &[Lookahead<'_>]) -> PersonSelect {
    let mut select = PersonSelect::default();
    for place in places {
        for (name, fields) in PERSON {
            if place.field(name).exists() {
                for field in fields {
                    select.add(*field);
                }
            }
        }
        // Where a value came from can be told of every field; who set it last belongs to it.
        if place.field("provenance").exists() || place.field("conflicts").exists() {
            for field in PersonField::ALL {
                select.add_with_edit(*field);
            }
        }
        custom(
            place,
            &request(ctx).live.clone(),
            |live| &live.custom_fields().person,
            |key| select.add_custom(key),
        );
    }
    select
}

const PERSON: [(&str, &[PersonField]); 15] = [
    ("displayName", &[PersonField::FirstName, PersonField::LastName]),
    ("firstName", &[PersonField::FirstName]),
    ("lastName", &[PersonField::LastName]),
    ("email", &[PersonField::Email]),
    ("emails", &[PersonField::Email, PersonField::OtherEmails]),
    ("phone", &[PersonField::Phone]),
    ("mobile", &[PersonField::Mobile]),
    ("title", &[PersonField::Title]),
    ("account", &[PersonField::Account]),
    ("identityWarnings", &[PersonField::Account]),
    ("owner", &[PersonField::Owner]),
    ("lifecycleStage", &[PersonField::LifecycleStage]),
    ("originalSource", &[PersonField::OriginalSource]),
    ("scores", &[PersonField::Scores]),
    ("consent", &[PersonField::Consent]),
];

/// What is selected of accounts below any of these places.
pub(super) fn accounts(ctx: &Context<'_>, places: &[Lookahead<'_>]) -> AccountSelect {
    let mut select = AccountSelect::default();
    for place in places {
        for (name, field) in ACCOUNT {
            if place.field(name).exists() {
                select.add(field);
            }
        }
        if place.field("provenance").exists() {
            for field in AccountField::ALL {
                select.add(*field);
            }
        }
        custom(
            place,
            &request(ctx).live.clone(),
            |live| &live.custom_fields().account,
            |key| select.add_custom(key),
        );
    }
    select
}

const ACCOUNT: [(&str, AccountField); 7] = [
    ("name", AccountField::Name),
    ("industry", AccountField::Industry),
    ("employees", AccountField::Employees),
    ("annualRevenue", AccountField::AnnualRevenue),
    ("region", AccountField::Region),
    ("owner", AccountField::Owner),
    ("isTargetAccount", AccountField::TargetAccount),
];

/// What is selected of opportunities below any of these places.
pub(super) fn opportunities(ctx: &Context<'_>, places: &[Lookahead<'_>]) -> OpportunitySelect {
    let mut select = OpportunitySelect::default();
    for place in places {
        for (name, field) in OPPORTUNITY {
            if place.field(name).exists() {
                select.add(field);
            }
        }
        custom(
            place,
            &request(ctx).live.clone(),
            |live| &live.custom_fields().opportunity,
            |key| {
                select.add_custom(key);
            },
        );
    }
    select
}

const OPPORTUNITY: [(&str, OpportunityField); 11] = [
    ("name", OpportunityField::Name),
    ("amount", OpportunityField::Amount),
    ("probability", OpportunityField::Probability),
    ("closeDate", OpportunityField::CloseDate),
    ("closedAt", OpportunityField::CloseDate),
    ("closeDatePassed", OpportunityField::CloseDate),
    ("leadSource", OpportunityField::LeadSource),
    ("lossReason", OpportunityField::LossReason),
    ("contacts", OpportunityField::Contacts),
    ("stageHistory", OpportunityField::StageHistory),
    ("stageAge", OpportunityField::StageHistory),
];

/// Adds every field of the company's own: which keys are named may stand in a variable.
fn custom(
    place: &Lookahead<'_>,
    live: &Live,
    infos: impl Fn(&Live) -> &Vec<crate::domain::custom::CustomFieldInfo>,
    mut add: impl FnMut(&str),
) {
    if place.field("customFields").exists() {
        for info in infos(live) {
            add(&info.key);
        }
    }
}
