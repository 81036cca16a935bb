//! Which records are associated with which, and how: one ordered set for each pair of kinds.

use std::collections::{BTreeMap, BTreeSet};

use super::news::Linked;
use crate::sandbox::hubspot::kind::Kind;

/// An association's kind, such as 279 for contact to company.
pub(crate) type TypeId = u32;

/// One end of an association: a kind and an id.
pub(crate) type End = (Kind, u64);

/// From which id to which, and how, where the kinds are known.
type Link = (u64, u64, TypeId);

/// All associations, both directions stored.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pairs: BTreeMap<(Kind, Kind), BTreeSet<Link>>,
    /// What was made and removed since somebody took it.
    pub(crate) news: Vec<Linked>,
}

impl Links {
    /// Takes many associations at once, each with its reverse.
    pub(crate) fn load(&mut self, all: impl Iterator<Item = (End, End, TypeId)>) {
        let mut pairs: BTreeMap<(Kind, Kind), Vec<Link>> = BTreeMap::new();
        for (from, to, type_id) in all {
            for (from, to, type_id) in with_consequences(from, to, type_id) {
                pairs.entry((from.0, to.0)).or_default().push((from.1, to.1, type_id));
            }
        }
        for (pair, links) in pairs {
            self.pairs.entry(pair).or_default().extend(links);
        }
    }

    /// Adds one association and what follows from it. A record has one primary at most.
    pub(crate) fn add(&mut self, from: End, to: End, type_id: TypeId) {
        self.news.push(Linked { from, to, is_removed: false });
        for (from, to, type_id) in with_consequences(from, to, type_id) {
            if is_exclusive(type_id) {
                let others = self
                    .of(from, to.0)
                    .into_iter()
                    .filter(|(id, types)| *id != to.1 && types.contains(&type_id));
                for (other, _) in others.collect::<Vec<_>>() {
                    self.remove_types(from, (to.0, other), &[type_id]);
                }
            }
            self.pairs.entry((from.0, to.0)).or_default().insert((from.1, to.1, type_id));
        }
    }

    /// Removes every association between two records, both ways.
    pub(crate) fn remove(&mut self, from: End, to: End) {
        self.news.push(Linked { from, to, is_removed: true });
        for (one, other) in [(from, to), (to, from)] {
            if let Some(links) = self.pairs.get_mut(&(one.0, other.0)) {
                let gone: Vec<_> = of(links, one.1).filter(|(_, id, _)| *id == other.1).collect();
                for link in gone {
                    links.remove(&link);
                }
            }
        }
    }

    /// Removes some types of association between two records, both ways.
    pub(crate) fn remove_types(&mut self, from: End, to: End, types: &[TypeId]) {
        self.news.push(Linked { from, to, is_removed: true });
        for type_id in types {
            if let Some(links) = self.pairs.get_mut(&(from.0, to.0)) {
                links.remove(&(from.1, to.1, *type_id));
            }
            if let (Some(back), Some(links)) = (reverse(*type_id), self.pairs.get_mut(&(to.0, from.0))) {
                links.remove(&(to.1, from.1, back));
            }
        }
    }

    /// The records of a kind associated with one, ascending, each with all its types.
    pub(crate) fn of(&self, from: End, to: Kind) -> Vec<(u64, Vec<TypeId>)> {
        let mut found: Vec<(u64, Vec<TypeId>)> = Vec::new();
        for (_, id, type_id) in self.pairs.get(&(from.0, to)).into_iter().flat_map(|links| of(links, from.1))
        {
            match found.last_mut() {
                Some((last, types)) if *last == id => types.push(type_id),
                _ => found.push((id, vec![type_id])),
            }
        }
        found
    }

    /// Whether two records are associated at all.
    pub(crate) fn are_linked(&self, from: End, to: End) -> bool {
        self.pairs.get(&(from.0, to.0)).is_some_and(|links| {
            links.range((from.1, to.1, 0)..=(from.1, to.1, TypeId::MAX)).next().is_some()
        })
    }

    /// Gives one record all associations of another, as a merge does.
    pub(crate) fn take_over(&mut self, from: End, to: End) {
        let kinds: Vec<Kind> = self.pairs.keys().filter(|pair| pair.0 == from.0).map(|pair| pair.1).collect();
        for kind in kinds {
            for (id, types) in self.of(from, kind) {
                self.remove(from, (kind, id));
                if (kind, id) == to {
                    continue;
                }
                for type_id in types {
                    let taken = is_exclusive(type_id)
                        && self.of(to, kind).iter().any(|(_, types)| types.contains(&type_id));
                    if !taken {
                        self.add(to, (kind, id), type_id);
                    }
                }
            }
        }
    }
}

fn of(links: &BTreeSet<Link>, id: u64) -> impl Iterator<Item = Link> + '_ {
    links.range((id, 0, 0)..=(id, u64::MAX, TypeId::MAX)).copied()
}

/// An association, the unlabelled one every primary implies, and both seen from the other side.
fn with_consequences(from: End, to: End, type_id: TypeId) -> Vec<(End, End, TypeId)> {
    let mut types = vec![type_id];
    types.extend(unlabelled(from.0, to.0).filter(|plain| {
        *plain != type_id
            && DEFAULTS.iter().any(|row| row.primary == Some(type_id) || row.primary_back == Some(type_id))
    }));
    let mut all = Vec::new();
    for type_id in types {
        all.push((from, to, type_id));
        if let Some(back) = reverse(type_id) {
            all.push((to, from, back));
        }
    }
    all
}

struct Default {
    from: &'static str,
    to: &'static str,
    there: TypeId,
    back: TypeId,
    primary: Option<TypeId>,
    primary_back: Option<TypeId>,
}

const fn plain(from: &'static str, to: &'static str, there: TypeId, back: TypeId) -> Default {
    Default { from, to, there, back, primary: None, primary_back: None }
}

const fn with_primary(
    from: &'static str,
    to: &'static str,
    ids: (TypeId, TypeId),
    primary: (TypeId, TypeId),
) -> Default {
    Default { from, to, there: ids.0, back: ids.1, primary: Some(primary.0), primary_back: Some(primary.1) }
}

const DEFAULTS: &[Default] = &[
    with_primary("contact", "company", (279, 280), (1, 2)),
    with_primary("deal", "company", (341, 342), (5, 6)),
    with_primary("ticket", "company", (339, 340), (26, 25)),
    plain("contact", "deal", 4, 3),
    plain("contact", "ticket", 15, 16),
    plain("deal", "ticket", 27, 28),
    plain("contact", "contact", 449, 449),
    plain("company", "company", 450, 450),
    plain("contact", "call", 193, 194),
    plain("contact", "email", 197, 198),
    plain("contact", "meeting", 199, 200),
    plain("contact", "note", 201, 202),
    plain("contact", "task", 203, 204),
    plain("contact", "communication", 82, 81),
    plain("company", "call", 181, 182),
    plain("company", "email", 185, 186),
    plain("company", "meeting", 187, 188),
    plain("company", "note", 189, 190),
    plain("company", "task", 191, 192),
    plain("deal", "call", 205, 206),
    plain("deal", "email", 209, 210),
    plain("deal", "meeting", 211, 212),
    plain("deal", "note", 213, 214),
    plain("deal", "task", 215, 216),
    with_primary("lead", "contact", (608, 609), (578, 609)),
    with_primary("lead", "company", (610, 611), (580, 611)),
    with_primary("lead", "deal", (1037, 1038), (582, 583)),
];

/// The unlabelled association from one kind to another.
pub(crate) fn unlabelled(from: Kind, to: Kind) -> std::option::IntoIter<TypeId> {
    DEFAULTS
        .iter()
        .find_map(|row| {
            if row.from == from.singular() && row.to == to.singular() {
                Some(row.there)
            } else if row.to == from.singular() && row.from == to.singular() {
                Some(row.back)
            } else {
                None
            }
        })
        .into_iter()
}

/// The primary association from one kind to another, where there is one.
pub(crate) fn primary(from: Kind, to: Kind) -> Option<TypeId> {
    DEFAULTS.iter().find_map(|row| {
        if row.from == from.singular() && row.to == to.singular() {
            row.primary
        } else if row.to == from.singular() && row.from == to.singular() {
            row.primary_back.filter(|back| *back != row.back)
        } else {
            None
        }
    })
}

/// The kind an association that begins at a kind leads to.
pub(crate) fn leads_to(from: Kind, type_id: TypeId) -> Option<Kind> {
    if matches!(type_id, 13 | 14) {
        return (from == Kind::COMPANIES).then_some(Kind::COMPANIES);
    }
    DEFAULTS.iter().find_map(|row| {
        if row.from == from.singular() && (row.there == type_id || row.primary == Some(type_id)) {
            Kind::named(row.to)
        } else if row.to == from.singular() && (row.back == type_id || row.primary_back == Some(type_id)) {
            Kind::named(row.from)
        } else {
            None
        }
    })
}

/// All types of association from one kind to another.
pub(crate) fn types_between(from: Kind, to: Kind) -> Vec<TypeId> {
    let hierarchy: &[TypeId] = if (from, to) == (Kind::COMPANIES, Kind::COMPANIES) { &[13, 14] } else { &[] };
    unlabelled(from, to).chain(primary(from, to)).chain(hierarchy.iter().copied()).collect()
}

/// A type's label; the unlabelled ones have none.
pub(crate) fn label_of(type_id: TypeId) -> Option<&'static str> {
    match type_id {
        13 => Some("Child Company"),
        14 => Some("Parent Company"),
        _ => DEFAULTS
            .iter()
            .any(|row| {
                let plain = row.there == type_id || row.back == type_id;
                !plain && (row.primary == Some(type_id) || row.primary_back == Some(type_id))
            })
            .then_some("Primary"),
    }
}

/// The same association seen from the other record.
fn reverse(type_id: TypeId) -> Option<TypeId> {
    // Company hierarchies have labels of their own.
    match type_id {
        13 => return Some(14),
        14 => return Some(13),
        _ => {}
    }
    DEFAULTS.iter().find_map(|row| {
        if row.there == type_id {
            Some(row.back)
        } else if row.back == type_id {
            Some(row.there)
        } else if row.primary == Some(type_id) {
            row.primary_back
        } else if row.primary_back == Some(type_id) {
            row.primary
        } else {
            None
        }
    })
}

/// Whether a record can have only one association of this type: its primary one.
fn is_exclusive(type_id: TypeId) -> bool {
    DEFAULTS.iter().any(|row| row.primary == Some(type_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: End = (Kind::CONTACTS, 1);
    const ACME: End = (Kind::COMPANIES, 10);
    const BOLT: End = (Kind::COMPANIES, 11);

    #[test]
    fn a_primary_company_shows_both_types_from_both_sides() {
        let mut links = Links::default();
        links.add(ANN, ACME, 1);
        assert_eq!(links.of(ANN, Kind::COMPANIES), [(10, vec![1, 279])]);
        assert_eq!(links.of(ACME, Kind::CONTACTS), [(1, vec![2, 280])]);
    }

    #[test]
    fn a_second_primary_replaces_the_first_but_leaves_the_association() {
        let mut links = Links::default();
        links.add(ANN, ACME, 1);
        links.add(ANN, BOLT, 1);
        assert_eq!(links.of(ANN, Kind::COMPANIES), [(10, vec![279]), (11, vec![1, 279])]);
        assert_eq!(links.of(ACME, Kind::CONTACTS), [(1, vec![280])]);
    }

    #[test]
    fn what_is_removed_is_removed_both_ways() {
        let mut links = Links::default();
        links.load([(ANN, ACME, 279)].into_iter());
        links.remove(ACME, ANN);
        assert!(!links.are_linked(ANN, ACME));
        assert!(!links.are_linked(ACME, ANN));
    }

    #[test]
    fn a_merge_takes_associations_along() {
        let mut links = Links::default();
        links.add(ANN, ACME, 1);
        let winner = (Kind::CONTACTS, 2);
        links.add(winner, BOLT, 1);
        links.take_over(ANN, winner);
        assert_eq!(links.of(winner, Kind::COMPANIES), [(10, vec![279]), (11, vec![1, 279])]);
        assert!(links.of(ANN, Kind::COMPANIES).is_empty());
    }
}
