//! Pages: how many, from where on, and the opaque cursors that say so.

use std::collections::HashSet;
use std::fmt::Debug;

use async_graphql::{Result, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::unify::inquiry::Gap;
use crate::unify::walk::Walked;

use super::code::Code;
use super::object::source::SourceGap;

/// The largest page of any list.
pub const LARGEST_PAGE: usize = 100;

/// Where a page lies in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// More entries follow; ask for them with `after: endCursor`.
    pub has_next_page: bool,
    /// Entries precede this page.
    pub has_previous_page: bool,
    /// Place of the first entry of this page.
    pub start_cursor: Option<String>,
    /// Place of the last entry of this page, or of where the reading stopped.
    pub end_cursor: Option<String>,
}

/// How many entries are asked for.
///
/// # Errors
/// `BAD_INPUT` outside 0 to 100.
pub fn page_size(argument: &str, asked: Option<i32>, usual: usize) -> Result<usize> {
    let Some(asked) = asked else { return Ok(usual) };
    usize::try_from(asked).ok().filter(|size| *size <= LARGEST_PAGE).ok_or_else(|| {
        Code::BadInput.error(format!("{argument} must lie between 0 and {LARGEST_PAGE}; it is {asked}."))
    })
}

/// A question a cursor belongs to: its name and the arguments that decide which entries come in which order.
pub struct Question(String);

impl Question {
    /// The question `name` with its arguments, page size and position aside.
    pub fn new(name: &str, arguments: &impl Debug) -> Self {
        let digest = Sha256::digest(format!("{name} {arguments:?}"));
        Self(URL_SAFE_NO_PAD.encode(&digest[..6]))
    }

    /// The cursor for a position in the answer.
    pub fn cursor(&self, position: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("1.{}.{position}", self.0))
    }

    /// The position a cursor stands for.
    ///
    /// # Errors
    /// `BAD_INPUT` when it is no cursor, or belongs to another question.
    pub fn position(&self, argument: &str, cursor: Option<&str>) -> Result<Option<String>> {
        let Some(cursor) = cursor else { return Ok(None) };
        let decoded = (cursor.len() <= 2_000).then(|| URL_SAFE_NO_PAD.decode(cursor).ok()).flatten();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = text.as_deref().and_then(|text| {
            let mut parts = text.splitn(3, '.');
            Some((parts.next()?, parts.next()?, parts.next()?))
        });
        match parts {
            Some(("1", question, position)) if question == self.0 => Ok(Some(position.to_owned())),
            Some(("1", _, _)) => Err(Code::BadInput.error(format!(
                "{argument} is a cursor of another question; cursors belong to the filter and order they came from."
            ))),
            _ => Err(Code::BadInput.error(format!("{argument} is no cursor of this gateway."))),
        }
    }
}

/// What a page of a list that is wholly in memory was asked by.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The first so many.
    pub first: Option<i32>,
    /// Behind this place.
    pub after: Option<String>,
    /// The last so many.
    pub last: Option<i32>,
    /// Before this place.
    pub before: Option<String>,
}

/// A page of entries, each with its cursor.
pub struct Slice<T> {
    /// The entries.
    pub entries: Vec<(String, T)>,
    /// Where they lie.
    pub info: PageInfo,
    /// How many there are in all.
    pub total: usize,
}

/// Cuts a page out of a list that is wholly in memory. `place` names an entry for ever; a cursor whose entry is gone
/// continues where it would stand, as far as `place` is ordered like the list.
///
/// # Errors
/// `BAD_INPUT` for page sizes and cursors that make no sense.
pub fn slice<T>(
    entries: Vec<T>,
    window: &Window,
    usual: usize,
    question: &Question,
    place: impl Fn(&T) -> String,
) -> Result<Slice<T>> {
    let total = entries.len();
    let places: Vec<String> = entries.iter().map(&place).collect();
    let find = |argument: &str, cursor: &Option<String>| -> Result<Option<usize>> {
        let Some(position) = question.position(argument, cursor.as_deref())? else { return Ok(None) };
        places.iter().position(|own| *own == position).map(Some).ok_or_else(|| {
            Code::CursorExpired
                .error(format!("The entry {argument} stands for is no longer in the list; start over."))
        })
    };
    let mut start = find("after", &window.after)?.map_or(0, |index| index + 1);
    let mut end = find("before", &window.before)?.unwrap_or(total).max(start);
    match window.last {
        Some(last) if window.first.is_none() => {
            start = start.max(end.saturating_sub(page_size("last", Some(last), usual)?));
        }
        _ => end = end.min(start + page_size("first", window.first, usual)?),
    }
    let entries: Vec<(String, T)> = entries
        .into_iter()
        .zip(places)
        .skip(start)
        .take(end - start)
        .map(|(entry, place)| (question.cursor(&place), entry))
        .collect();
    let info = PageInfo {
        has_next_page: end < total,
        has_previous_page: start > 0,
        start_cursor: entries.first().map(|(cursor, _)| cursor.clone()),
        end_cursor: entries.last().map(|(cursor, _)| cursor.clone()),
    };
    Ok(Slice { entries, info, total })
}

/// A page of any list, ready to be shown as a connection.
pub struct Page<T> {
    /// The entries with their cursors.
    pub entries: Vec<(String, T)>,
    /// Where they lie.
    pub info: PageInfo,
    /// How many entries the caller may see in all, where that is known.
    pub total: Option<usize>,
    /// What is missing.
    pub gaps: Vec<SourceGap>,
}

impl<T> Page<T> {
    /// A page of a walk: its positions become cursors of this question, and nobody has counted the rest.
    pub fn walked<U>(walked: Walked<U>, question: &Question, show: impl Fn(U) -> T) -> Self {
        let entries: Vec<(String, T)> =
            walked.entries.into_iter().map(|(position, it)| (question.cursor(&position), show(it))).collect();
        let info = PageInfo {
            has_next_page: walked.has_next,
            has_previous_page: false,
            start_cursor: entries.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: walked.end.map(|position| question.cursor(&position)),
        };
        let mut named = HashSet::new();
        let gaps = walked.gaps.iter().filter(|gap| named.insert(gap.source.clone()));
        Self { entries, info, total: None, gaps: gaps.map(Into::into).collect() }
    }

    /// A page of a list that is wholly in memory. With a gap nobody knows how many there are.
    pub fn cut<U>(slice: Slice<U>, gaps: &[Gap], show: impl Fn(U) -> T) -> Self {
        Self {
            entries: slice.entries.into_iter().map(|(cursor, it)| (cursor, show(it))).collect(),
            info: slice.info,
            total: gaps.is_empty().then_some(slice.total),
            gaps: gaps.iter().map(Into::into).collect(),
        }
    }
}

/// Defines a connection and its edge: the same shape for every list of the schema.
macro_rules! connection {
    (
        $(#[doc = $doc:literal])+
        $connection:ident, $edge:ident, $node:ty
        $(, gaps: $gaps:ty)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, async_graphql::SimpleObject)]
        pub struct $connection {
            /// The entries with their cursors.
            pub edges: Vec<$edge>,
            /// The entries alone.
            pub nodes: Vec<$node>,
            /// Where this page lies in the list.
            pub page_info: $crate::graphql::paging::PageInfo,
            /// How many entries the caller may see in all; null where that is not known without reading them all.
            pub total_count: Option<i32>,
            $(
                /// What is missing because a source is silent.
                pub gaps: Vec<$gaps>,
            )?
        }

        /// One entry of a list with its place.
        #[derive(Clone, async_graphql::SimpleObject)]
        pub struct $edge {
            /// The entry's place, for `after` and `before`.
            pub cursor: String,
            /// The entry.
            pub node: $node,
        }

        impl From<$crate::graphql::paging::Page<$node>> for $connection {
            fn from(page: $crate::graphql::paging::Page<$node>) -> Self {
                let (edges, nodes) = $edge::pair(page.entries);
                let total_count = page.total.map(|total| i32::try_from(total).unwrap_or(i32::MAX));
                Self {
                    edges,
                    nodes,
                    page_info: page.info,
                    total_count,
                    $(gaps: <Vec<$gaps>>::from(page.gaps),)?
                }
            }
        }

        impl $edge {
            /// Puts entries and cursors together, and apart again.
            pub fn pair(entries: Vec<(String, $node)>) -> (Vec<Self>, Vec<$node>) {
                let nodes = entries.iter().map(|(_, node)| node.clone()).collect();
                let edges = entries.into_iter().map(|(cursor, node)| Self { cursor, node }).collect();
                (edges, nodes)
            }
        }
    };
}
pub(super) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question::new("letters", &("a filter",))
    }

    fn page(window: &Window) -> Result<(String, PageInfo)> {
        let letters: Vec<char> = ('a'..='j').collect();
        let slice = slice(letters, window, 4, &question(), char::to_string)?;
        Ok((slice.entries.iter().map(|(_, letter)| *letter).collect(), slice.info))
    }

    fn cursor(letter: &str) -> String {
        question().cursor(letter)
    }

    #[test]
    fn pages_follow_each_other_without_gaps_or_repeats() {
        let mut seen = String::new();
        let mut after = None;
        loop {
            let (letters, info) =
                page(&Window { first: Some(3), after, ..Window::default() }).expect("a page");
            seen += &letters;
            if !info.has_next_page {
                break;
            }
            after = info.end_cursor;
        }
        assert_eq!(seen, "abcdefghij");
    }

    #[test]
    fn pages_can_be_read_from_the_end() {
        let window = Window { last: Some(2), before: Some(cursor("j")), ..Window::default() };
        let (letters, info) = page(&window).expect("a page");
        assert_eq!(letters, "hi");
        assert!(info.has_next_page && info.has_previous_page);
    }

    #[test]
    fn page_sizes_and_cursors_that_make_no_sense_are_refused() {
        for window in [
            Window { first: Some(-1), ..Window::default() },
            Window { first: Some(101), ..Window::default() },
            Window { after: Some("nonsense".into()), ..Window::default() },
            Window { after: Some(Question::new("digits", &()).cursor("a")), ..Window::default() },
            Window { after: Some(cursor("z")), ..Window::default() },
        ] {
            assert!(page(&window).is_err(), "{window:?}");
        }
    }
}
