//! An answer of the gateway, and what is usually asked of it.

use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The same, after making sure that nothing went wrong.
    pub(crate) fn fine(self) -> Self {
        assert_eq!(self.status, 200, "{:#}", self.body);
        assert_eq!(self.body.get("errors"), None, "{:#}", self.body);
        self
    }

    /// The same, after making sure that nothing but the missing ledger went wrong.
    pub(crate) fn fine_or_ledger(self) -> Self {
        assert!(self.codes().iter().all(|code| *code == "LEDGER_REQUIRED"), "{:#}", self.body);
        self
    }

    /// The data.
    pub(crate) fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// What stands at a place of the data, written `/person/email`.
    pub(crate) fn at(&self, place: &str) -> &Value {
        self.data().pointer(place).unwrap_or_else(|| panic!("nothing at {place} of {:#}", self.body))
    }

    /// The codes of the errors, in their order.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.errors().iter().map(|error| error["extensions"]["code"].as_str().unwrap()).collect()
    }

    /// The code of the only error.
    pub(crate) fn code(&self) -> &str {
        match self.codes().as_slice() {
            [code] => code,
            _ => panic!("not one error: {:#}", self.body),
        }
    }

    /// The sentence of the first error.
    pub(crate) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap()
    }

    /// The errors.
    pub(crate) fn errors(&self) -> &[Value] {
        self.body.get("errors").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The books of the request.
    pub(crate) fn books(&self) -> &Value {
        &self.body["extensions"]["leadline"]
    }

    /// The sources that were silent, with the codes of the gaps.
    pub(crate) fn gaps(&self) -> Vec<(&str, &str)> {
        let gaps = self.books()["gaps"].as_array().unwrap();
        gaps.iter().map(|gap| (gap["source"].as_str().unwrap(), gap["code"].as_str().unwrap())).collect()
    }
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// One member of every object of a list.
pub(crate) fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().map(|object| &object[member]).collect()
}
