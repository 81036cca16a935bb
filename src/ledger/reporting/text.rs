//! Rows in the text form of `COPY`: a line each, columns behind tabs, `\N` where there is nothing.

use sha2::{Digest, Sha256};

/// Adds a column to a line that has begun. PostgreSQL's text has no NUL; it is left out.
pub(super) fn column(line: &mut Vec<u8>, value: Option<&str>) {
    let Some(value) = value else { return line.extend_from_slice(b"\\N") };
    for byte in value.bytes() {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\t' => line.extend_from_slice(b"\\t"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            0 => {}
            byte => line.push(byte),
        }
    }
}

/// What tells these rows from others. Never 0: that stands for rows that must be written anew.
pub(super) fn digest(rows: &[Vec<Option<String>>]) -> i64 {
    let mut hasher = Sha256::new();
    for row in rows {
        for cell in row {
            // With lengths, so that no two rows run into the same bytes.
            match cell {
                Some(text) => {
                    hasher.update((text.len() as u64 + 1).to_be_bytes());
                    hasher.update(text.as_bytes());
                }
                None => hasher.update(0_u64.to_be_bytes()),
            }
        }
        hasher.update(u64::MAX.to_be_bytes());
    }
    let digest = hasher.finalize();
    let number = i64::from_be_bytes(digest[..8].try_into().expect("a digest has more than eight bytes"));
    if number == 0 { 1 } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_line_is_escaped() {
        let mut line = Vec::new();
        column(&mut line, Some("a\tb\\N\nc\r\0d"));
        line.push(b'\t');
        column(&mut line, None);
        line.push(b'\t');
        column(&mut line, Some(""));
        assert_eq!(String::from_utf8(line).expect("text"), "a\\tb\\\\N\\nc\\rd\t\\N\t");
    }

    #[test]
    fn other_rows_have_another_digest() {
        let row = |cells: &[Option<&str>]| cells.iter().map(|it| it.map(str::to_owned)).collect::<Vec<_>>();
        let all = [
            vec![],
            vec![row(&[Some("a"), None])],
            vec![row(&[None, Some("a")])],
            vec![row(&[Some(""), Some("a")])],
            vec![row(&[Some("a")]), row(&[None])],
            vec![row(&[Some("a"), None]), row(&[Some("a"), None])],
        ];
        let digests: std::collections::BTreeSet<i64> = all.iter().map(|rows| digest(rows)).collect();
        assert_eq!(digests.len(), all.len());
        assert_eq!(digest(&all[1]), digest(&all[1].clone()));
    }
}
