//! Patterns of LIKE: `%` any run of letters, `_` any one, a backslash takes the next letter as it is.

/// A pattern, cut once.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, PartialEq)]
enum Piece {
    Any,
    One,
    Letter(char),
}

impl Pattern {
    pub(super) fn of(text: &str) -> Self {
        let mut pieces = Vec::new();
        let lower = text.to_lowercase();
        let mut letters = lower.chars();
        while let Some(letter) = letters.next() {
            pieces.push(match letter {
                '%' => Piece::Any,
                '_' => Piece::One,
                '\\' => Piece::Letter(letters.next().unwrap_or('\\')),
                _ => Piece::Letter(letter),
            });
        }
        Self(pieces)
    }

    /// Whether the whole text fits, whatever its case.
    pub(super) fn matches(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let text: Vec<char> = lower.chars().collect();
        let (mut piece, mut letter) = (0, 0);
        let mut retry = None;
        while letter < text.len() {
            match self.0.get(piece) {
                Some(Piece::Any) => {
                    retry = Some((piece, letter));
                    piece += 1;
                    continue;
                }
                Some(Piece::One) => {}
                Some(Piece::Letter(wanted)) if *wanted == text[letter] => {}
                _ => match retry {
                    Some((any, from)) => {
                        retry = Some((any, from + 1));
                        (piece, letter) = (any + 1, from + 1);
                        continue;
                    }
                    None => return false,
                },
            }
            piece += 1;
            letter += 1;
        }
        self.0[piece..].iter().all(|piece| *piece == Piece::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn like_knows_wildcards_escapes_and_no_case() {
        assert!(Pattern::of("a%c_").matches("ABBBcD"));
        assert!(!Pattern::of("a%c_").matches("abc"));
        assert!(Pattern::of("100\\%").matches("100%"));
        assert!(!Pattern::of("100\\%").matches("100x"));
        assert!(Pattern::of("%@acme.com").matches("jo@acme.comx@acme.com"));
    }
}
