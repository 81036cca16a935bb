//! A record's values in one allocation: a million contacts must fit in a developer's machine.
//!
//! Each value is its length plus one as a variable-length number, then its bytes; a lone zero is null. Nulls at
//! the end are left out, so a column added later costs old rows nothing.

/// The values of one row, in column order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells(Box<[u8]>);

impl Cells {
    /// Packs values; an empty string stays an empty string.
    pub(crate) fn pack<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut bytes = Vec::new();
        let mut end = 0;
        for value in values {
            let Some(value) = value else {
                bytes.push(0);
                continue;
            };
            let mut rest = value.len() + 1;
            while rest >= 0x80 {
                bytes.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
            bytes.extend_from_slice(value.as_bytes());
            end = bytes.len();
        }
        bytes.truncate(end);
        Self(bytes.into_boxed_slice())
    }

    /// The value of one column.
    pub(crate) fn get(&self, column: usize) -> Option<&str> {
        self.values().nth(column).flatten()
    }

    /// All values up to the last that is not null.
    pub(crate) fn values(&self) -> impl Iterator<Item = Option<&str>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (mut length, mut shift) = (0, 0);
            loop {
                let byte = rest[0];
                rest = &rest[1..];
                length |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            if length == 0 {
                return Some(None);
            }
            let (value, after) = rest.split_at(length - 1);
            rest = after;
            Some(Some(str::from_utf8(value).expect("cells are packed from strings")))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(values in prop::collection::vec(prop::option::of(".{0,200}"), 0..12)) {
            let cells = Cells::pack(values.iter().map(Option::as_deref));
            for (column, value) in values.iter().enumerate() {
                prop_assert_eq!(cells.get(column), value.as_deref());
            }
            prop_assert_eq!(cells.get(values.len()), None);
        }
    }
}
