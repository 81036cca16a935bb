use proptest::prelude::*;

use super::*;

/// The query's skeleton: every text literal replaced by a mark, as the vendor's lexer would see it.
fn skeleton(query: &str) -> String {
    let mut shape = String::new();
    let mut letters = query.chars();
    while let Some(letter) = letters.next() {
        if letter != '\'' {
            shape.push(letter);
            continue;
        }
        shape.push('?');
        loop {
            match letters.next().expect("every literal ends") {
                '\\' => {
                    letters.next().expect("an escape has a second letter");
                }
                '\'' => break,
                other => assert!(!other.is_ascii_control(), "a bare control letter"),
            }
        }
    }
    shape
}

#[test]
fn a_query_reads_as_the_vendor_documents_it() {
    let mut query = Soql::from("Lead", &["Id", "Email"]);
    query.also("Title");
    query.also("Title");
    query.children.push(Child {
        object: "LeadHistory",
        relationship: "Histories",
        fields: vec!["Field".into()],
        filter: Some(Filter::one_of("Field", ["Title"])),
        order: vec![Sort { field: "CreatedDate".into(), descending: true }],
    });
    query.filter = Some(Filter::All(vec![
        Filter::Any(vec![
            Filter::equal("Email", Literal::text("o'hara@example.com")),
            Filter::has_no_value("Email"),
        ]),
        Filter::is("Id", Operator::Gt, Literal::text("00Q5e000001AbCdEAK")),
    ]));
    query.order.push(Sort { field: "Id".into(), descending: false });
    query.limit = Some(5);
    assert_eq!(
        query.to_string(),
        "SELECT Id, Email, Title, (SELECT Field FROM Histories WHERE Field IN ('Title') ORDER BY CreatedDate DESC \
         NULLS LAST) FROM Lead WHERE (Email = 'o\\'hara@example.com' OR Email = null) AND \
         Id > '00Q5e000001AbCdEAK' ORDER BY Id ASC NULLS LAST LIMIT 5"
    );
}

#[test]
fn a_pattern_has_no_wildcards_but_ours() {
    let filter = Filter::Contains("Name".into(), Arc::from("50%_\\'"));
    assert_eq!(filter.to_string(), "Name LIKE '%50\\%\\_\\\\\\'%'");
}

#[test]
fn what_is_no_name_is_refused() {
    for text in ["Tier__c", "ns__Tier__c", "Owner.Name", "A.b.c.d.e.f"] {
        assert!(Name::parse(text).is_some(), "{text}");
    }
    for text in ["", "1a", "a b", "a,b", "a.", ".a", "a'", "a)", "Owner..Name", "a.b.c.d.e.f.g", "ä"] {
        assert!(Name::parse(text).is_none(), "{text}");
    }
}

#[test]
fn what_is_no_id_never_reaches_a_query() {
    let filter = Filter::one_id_of("Id", ["00Q5e000001AbCdEAK", "x' OR Id != '", "00Q"]);
    assert_eq!(filter.to_string(), "Id IN ('00Q5e000001AbCdEAK')");
}

proptest! {
    #[test]
    fn no_text_changes_the_structure_of_a_query(first in ".{0,40}", second in "['\\\\\"%_\n\r)a( -]{0,20}") {
        let build = |first: &str, second: &str| {
            let filter = Filter::Any(vec![
                Filter::one_of("Email", [first, second]),
                Filter::StartsWith("Name".into(), Arc::from(second)),
                Filter::All(vec![
                    Filter::Contains("Name".into(), Arc::from(first)),
                    Filter::equal("Title", Literal::text(second)),
                ]),
            ]);
            Soql::from("Lead", &["Id"]).filtered(filter).to_string()
        };
        prop_assert_eq!(skeleton(&build(&first, &second)), skeleton(&build("a", "b")));
    }

    #[test]
    fn a_name_from_outside_is_never_more_than_a_name(text in ".{0,30}") {
        if let Some(name) = Name::parse(&text) {
            prop_assert!(name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        }
    }
}
