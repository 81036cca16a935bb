use super::super::document::vocabulary::{Vocabulary, Word};
use super::*;

const SCHEMA: &str = r#"
directive @oneOf on INPUT_OBJECT
type Query {
	"""
	One person.
	"""
	person(
		"""
		Which one.
		"""
		by: PersonBy!
	): Person
	history(kinds: [Kind!] = [VISIT, SCORE], first: Int = 20): [Entry!]!
}
"""
Somebody.

With "two" paragraphs.
"""
type Person implements Node { id: ID! name: String scores: [Score!]! old: String @deprecated(reason: "Use name.") }
type Score { value: Int! by: Model! }
type Model { name: String! }
type Secret implements Node { id: ID! inner: OnlyThere }
type OnlyThere { x: Int }
type Visit { page: URL }
interface Node { id: ID! }
union Entry = Visit | Secret
scalar URL @specifiedBy(url: "https://url.spec.whatwg.org/")
enum Kind { VISIT SCORE }
input PersonBy @oneOf { id: ID email: String score: ScoreBy }
input ScoreBy { least: Int }
schema { query: Query }
"#;

const WRITTEN: &str = r#"directive @oneOf on INPUT_OBJECT

type Query {
  """One person."""
  person(
    """Which one."""
    by: PersonBy!
  ): Person
  history(kinds: [Kind!] = [VISIT, SCORE], first: Int = 20): [Entry!]!
}

union Entry = Visit | Secret

enum Kind {
  VISIT
  SCORE
}

type Model {
  name: String!
}

interface Node {
  id: ID!
}

type OnlyThere {
  x: Int
}

"""
Somebody.

With "two" paragraphs.
"""
type Person implements Node {
  id: ID!
  name: String
  scores: [Score!]!
  old: String @deprecated(reason: "Use name.")
}

input PersonBy @oneOf {
  id: ID
  email: String
  score: ScoreBy
}

type Score {
  value: Int!
  by: Model!
}

input ScoreBy {
  least: Int
}

type Secret implements Node {
  id: ID!
  inner: OnlyThere
}

scalar URL @specifiedBy(url: "https://url.spec.whatwg.org/")

type Visit {
  page: URL
}
"#;

fn shown(hidden: &[&str]) -> String {
    print(&without(&read(SCHEMA), hidden))
}

#[test]
fn the_whole_schema_is_written_with_everything_in_it() {
    assert_eq!(shown(&[]), WRITTEN);
}

#[test]
fn what_is_written_reads_as_the_same_schema() {
    let once = shown(&[]);
    assert_eq!(print(&read(&once)), once);
}

#[test]
fn a_hidden_field_takes_with_it_what_only_it_refers_to() {
    let text = shown(&["Person.scores", "PersonBy.score", "Kind.SCORE"]);
    for gone in ["scores", "Score ", "Model", "ScoreBy", "  SCORE\n"] {
        assert!(!text.contains(gone), "{gone} is still in\n{text}");
    }
    assert!(text.contains("type Person"));
}

#[test]
fn a_hidden_type_leaves_no_trace() {
    let text = shown(&["Secret"]);
    assert!(!text.contains("Secret") && !text.contains("OnlyThere"), "{text}");
    assert!(text.contains("union Entry = Visit"));
}

#[test]
fn a_vocabulary_knows_what_is_shown_and_nothing_else() {
    let vocabulary = Vocabulary::of(&without(&read(SCHEMA), &["Person.scores"]));
    assert!(vocabulary.field("Person", "name").is_some());
    assert!(vocabulary.field("Person", "scores").is_none());
    assert!(vocabulary.get("Score").is_none());
    assert!(matches!(vocabulary.get("Kind"), Some(Word::Values(_))));
}
