//! Which fields of a record a question needs. Only requested fields travel to and from a vendor.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

/// A field enum whose variants number at most 64.
pub trait Field: Copy + Send + Sync + 'static {
    /// Every field, in declaration order.
    const ALL: &'static [Self];
    /// The bit of this field, below 64.
    fn bit(self) -> u32;
}

/// A set of fields, and of those the ones whose last edit must be known too.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Select<F: Field> {
    values: u64,
    edits: u64,
    custom: BTreeSet<Arc<str>>,
    field: PhantomData<F>,
}

impl<F: Field> Clone for Select<F> {
    fn clone(&self) -> Self {
        Self { values: self.values, edits: self.edits, custom: self.custom.clone(), field: PhantomData }
    }
}

impl<F: Field> Default for Select<F> {
    /// Keys and stamps only: those always travel.
    fn default() -> Self {
        Self { values: 0, edits: 0, custom: BTreeSet::new(), field: PhantomData }
    }
}

impl<F: Field> Select<F> {
    /// The given fields, without their edits.
    pub fn of(fields: &[F]) -> Self {
        let mut select = Self::default();
        for field in fields {
            select.add(*field);
        }
        select
    }

    /// Every field, without edits or custom fields.
    pub fn everything() -> Self {
        Self::of(F::ALL)
    }

    /// Every field with its last edit, and these custom fields.
    pub fn whole<K: AsRef<str>>(custom: impl IntoIterator<Item = K>) -> Self {
        let mut select = Self::default();
        for field in F::ALL {
            select.add_with_edit(*field);
        }
        for key in custom {
            select.add_custom(key);
        }
        select
    }

    /// Adds a field's value.
    pub fn add(&mut self, field: F) {
        self.values |= 1 << field.bit();
    }

    /// Adds a field's value together with who set it last and when.
    pub fn add_with_edit(&mut self, field: F) {
        self.add(field);
        self.edits |= 1 << field.bit();
    }

    /// Adds a custom field by its configured key.
    pub fn add_custom(&mut self, key: impl AsRef<str>) {
        self.custom.insert(Arc::from(key.as_ref()));
    }

    /// Whether the field's value is asked for.
    pub fn has(&self, field: F) -> bool {
        self.values & (1 << field.bit()) != 0
    }

    /// Whether the field's last edit is asked for.
    pub fn has_edit(&self, field: F) -> bool {
        self.edits & (1 << field.bit()) != 0
    }

    /// Whether any last edit is asked for.
    pub fn has_any_edit(&self) -> bool {
        self.edits != 0
    }

    /// The custom keys asked for.
    pub fn custom(&self) -> impl Iterator<Item = &Arc<str>> {
        self.custom.iter()
    }

    /// The fields whose value is asked for, in declaration order.
    pub fn fields(&self) -> impl Iterator<Item = F> + '_ {
        F::ALL.iter().copied().filter(|field| self.has(*field))
    }

    /// True when everything `other` asks for is in here.
    pub fn covers(&self, other: &Self) -> bool {
        other.values & !self.values == 0
            && other.edits & !self.edits == 0
            && other.custom.is_subset(&self.custom)
    }

    /// What either asks for.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            values: self.values | other.values,
            edits: self.edits | other.edits,
            custom: self.custom.union(&other.custom).cloned().collect(),
            field: PhantomData,
        }
    }
}
