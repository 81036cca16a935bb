//! How instants of rows are stored: seconds and nanoseconds, exact for every instant there is, and no text.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    parts(*at).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    whole(<(i64, u32)>::deserialize(deserializer)?)
}

fn parts(at: DateTime<Utc>) -> (i64, u32) {
    (at.timestamp(), at.timestamp_subsec_nanos())
}

fn whole<E: serde::de::Error>((seconds, nanos): (i64, u32)) -> Result<DateTime<Utc>, E> {
    DateTime::from_timestamp(seconds, nanos).ok_or_else(|| E::custom("an instant out of range"))
}

/// The same for instants that may be absent.
pub(super) mod maybe {
    use super::{DateTime, Deserialize, Deserializer, Serialize, Serializer, Utc, parts, whole};

    #[expect(clippy::ref_option, reason = "serde gives the field as it is")]
    pub(in super::super) fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(parts).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<(i64, u32)>::deserialize(deserializer)?.map(whole).transpose()
    }
}
