//! What a view sees of a person's fields: the one place where people are masked.

use std::sync::Arc;

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::id::SourceName;
use crate::domain::view::{Aspect, Seen, Sight, View};

use super::merge::person::MergedPerson;

/// A value as a view sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown<T> {
    /// This, or nothing.
    Value(Option<T>),
    /// The view denies the field: null with an error.
    Denied,
}

/// A person's fields as a view sees them.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is documented on MergedPerson")]
pub struct ShownPerson {
    pub display_name: Shown<Arc<str>>,
    pub first_name: Shown<Arc<str>>,
    pub last_name: Shown<Arc<str>>,
    pub email: Shown<Arc<str>>,
    pub emails: Shown<Vec<ShownEmail>>,
    pub phone: Shown<Arc<str>>,
    pub mobile: Shown<Arc<str>>,
    /// The fields above whose value is masked or a pseudonym, by aspect.
    pub masked: Vec<Aspect>,
}

/// One address as a view sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownEmail {
    /// The address, or its masked or pseudonym form.
    pub address: Arc<str>,
    /// The address the person is written to.
    pub is_primary: bool,
    /// The sources that hold it.
    pub sources: Vec<SourceName>,
}

impl ShownPerson {
    /// The fields of a merged person as the view sees them.
    pub fn of(view: &View, merged: &MergedPerson) -> Self {
        let see = |aspect, value: &Option<Arc<str>>| see(view, aspect, value.as_ref());
        let aspects = [Aspect::Name, Aspect::Email, Aspect::Phone, Aspect::Mobile, Aspect::FreeText];
        let is_changed = |aspect: &Aspect| matches!(view.sight(*aspect), Sight::Masked | Sight::Pseudonym);
        Self {
            display_name: see(Aspect::Name, &merged.display_name),
            first_name: see(Aspect::Name, &merged.first_name),
            last_name: see(Aspect::Name, &merged.last_name),
            email: see(Aspect::Email, &merged.email),
            emails: see_emails(view, merged),
            phone: see(Aspect::Phone, &merged.phone),
            mobile: see(Aspect::Mobile, &merged.mobile),
            masked: aspects.into_iter().filter(is_changed).collect(),
        }
    }
}

/// A text of this column as the view sees it.
pub fn see(view: &View, aspect: Aspect, value: Option<&Arc<str>>) -> Shown<Arc<str>> {
    let Some(text) = value else {
        // Whether there is a value must not be told where the value may not be.
        return match view.sight(aspect) {
            Sight::Hidden | Sight::Denied => Shown::Denied,
            _ => Shown::Value(None),
        };
    };
    match view.see(aspect, text) {
        Seen::Plain(_) => Shown::Value(Some(text.clone())),
        Seen::Changed(changed) => Shown::Value(Some(changed.into())),
        Seen::Blank => Shown::Value(None),
        Seen::Denied => Shown::Denied,
    }
}

/// A changed field's value as the view sees it, by the field's canonical name.
pub fn see_field(view: &View, field: &str, value: Option<&Arc<str>>) -> Shown<Arc<str>> {
    match Aspect::of_field(field) {
        None => Shown::Value(value.cloned()),
        Some(aspect) => see(view, aspect, value),
    }
}

fn see_emails(view: &View, merged: &MergedPerson) -> Shown<Vec<ShownEmail>> {
    let mut shown = Vec::new();
    for email in &merged.emails {
        match see(view, Aspect::Email, Some(&email.address)) {
            Shown::Denied => return Shown::Denied,
            Shown::Value(None) => {}
            Shown::Value(Some(address)) => shown.push(ShownEmail {
                address,
                is_primary: email.is_primary,
                sources: email.sources.clone(),
            }),
        }
    }
    match view.sight(Aspect::Email) {
        Sight::Hidden | Sight::Denied => Shown::Denied,
        _ => Shown::Value(Some(shown)),
    }
}

/// The value of a field of the company's own; a personal one only where people are fully seen.
pub fn see_custom(view: &View, field: &CustomFieldInfo, value: &CustomValue) -> Option<CustomValue> {
    view.sees_values_of(field).then(|| value.clone())
}
