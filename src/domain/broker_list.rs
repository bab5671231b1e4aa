//! The brokers as the user names them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The URLs of the brokers, as written by the user; at least one. All of them lead to one broker system: the same users
/// and the same topics. The list does not check the URLs. Its serialized form is a string, or an array of strings.
///
/// `Display` separates the URLs by a comma and a blank, and [`Self::from_text`] reads that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerList(Vec<String>);

impl BrokerList {
    /// A list of one.
    pub fn one(url: impl Into<String>) -> Self {
        Self(vec![url.into()])
    }

    /// The words of a text, which are separated by blanks, and may end with a comma. A text without words becomes an
    /// empty URL, which is then refused as one.
    pub fn from_text(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| word.trim_end_matches(',').to_owned());
        Self::from_urls(words.filter(|word| !word.is_empty())).unwrap_or_else(|| Self::one(""))
    }

    /// A list of these URLs; [`None`] if there are none.
    pub fn from_urls(urls: impl IntoIterator<Item = String>) -> Option<Self> {
        let urls: Vec<String> = urls.into_iter().collect();
        (!urls.is_empty()).then_some(Self(urls))
    }

    /// The URLs in order.
    pub fn urls(&self) -> &[String] {
        &self.0
    }

    /// The first URL.
    pub fn first(&self) -> &str {
        &self.0[0]
    }

    /// The list in TOML: one URL as a string, several as an array.
    pub fn toml(&self) -> String {
        let quoted: Vec<String> = self.0.iter().map(|url| toml::Value::from(url.as_str()).to_string()).collect();
        if let [one] = &quoted[..] { one.clone() } else { format!("[{}]", quoted.join(", ")) }
    }
}

impl fmt::Display for BrokerList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl<'de> Deserialize<'de> for BrokerList {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "broker must be a URL in quotes, or an array of them")]
        enum Written {
            One(String),
            Several(Vec<String>),
        }
        match Written::deserialize(value)? {
            Written::One(url) => Ok(Self::one(url)),
            Written::Several(urls) => {
                Self::from_urls(urls).ok_or_else(|| D::Error::custom("broker must name at least one broker"))
            }
        }
    }
}

impl Serialize for BrokerList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [one] = &self.0[..] { one.serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_list_can_be_read_again() {
        for (text, urls) in [
            ("mqtt://a", &["mqtt://a"] as &[_]),
            (" mqtt://a  mqtt://b ", &["mqtt://a", "mqtt://b"]),
            ("mqtt://a, ws://b/x,y", &["mqtt://a", "ws://b/x,y"]),
            (" , ", &[""]),
        ] {
            let list = BrokerList::from_text(text);
            assert_eq!(list.urls(), urls, "{text:?}");
            assert_eq!(BrokerList::from_text(&list.to_string()), list, "{text:?}");
        }
    }

    #[test]
    fn toml_has_a_string_or_an_array() {
        let read = |toml: &str| toml::from_str::<toml::Table>(toml).unwrap()["broker"].clone().try_into::<BrokerList>();
        for (text, toml) in [("mqtt://a", r#""mqtt://a""#), ("mqtt://a b", r#"["mqtt://a", "b"]"#)] {
            let list = BrokerList::from_text(text);
            assert_eq!(list.toml(), toml);
            assert_eq!(read(&format!("broker = {toml}")).unwrap(), list);
        }
        assert_eq!(read("broker = 'unix:///run/a b'").unwrap().urls(), ["unix:///run/a b"]);
        for wrong in ["broker = []", "broker = 1883", "broker = ['mqtt://a', 2]"] {
            assert!(read(wrong).unwrap_err().to_string().contains("broker must"), "{wrong}");
        }
    }
}
