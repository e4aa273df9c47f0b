//! A field that holds names: `Room-Name` of JOIN, LEAVE and SEND_MSG, `Message` of list answers.
//!
//! The protocol's text says "room name / room list" without an encoding. Three forms are in use,
//! and the form tells which dialect the peer speaks, so it is kept beside the names.

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// How a list of names was, or is to be, written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListForm {
    /// A JSON array: `["a","b"]`.
    Array,
    /// One name as a plain string: `"a"`.
    Plain,
    /// A string that itself holds an array: `"[\"a\",\"b\"]"`.
    /// COMPAT(author's client): this is what it sends, and the only form of list it can read.
    Text,
}

/// Names and the form in which they travel. Invariant: form `Plain` holds exactly one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameList {
    names: Vec<String>,
    form: ListForm,
}

impl NameList {
    /// A list that travels as a JSON array.
    pub fn array(names: Vec<String>) -> Self {
        let form = ListForm::Array;
        NameList { names, form }
    }

    /// A list that travels as the text of a JSON array inside a string.
    pub fn text(names: Vec<String>) -> Self {
        let form = ListForm::Text;
        NameList { names, form }
    }

    /// One name that travels as a plain string.
    pub fn plain(name: impl Into<String>) -> Self {
        let names = vec![name.into()];
        let form = ListForm::Plain;
        NameList { names, form }
    }

    /// The names, in the order of the packet.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names alone.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The form in which the list travels.
    pub fn form(&self) -> ListForm {
        self.form
    }

    /// Reads the string form: the text of a list, or one name.
    fn from_string(text: &str) -> Self {
        let array = text.trim();
        if !(array.starts_with('[') && array.ends_with(']')) {
            return NameList::plain(text);
        }
        match serde_json::from_str(array)
            .ok()
            .or_else(|| python_list(array))
        {
            Some(names) => NameList::text(names),
            // `[x]` is a legal room name.
            None => NameList::plain(text),
        }
    }
}

impl Serialize for NameList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.form, self.names.as_slice()) {
            (ListForm::Plain, [name]) => serializer.serialize_str(name),
            (ListForm::Text, names) => {
                let text = serde_json::to_string(names).map_err(serde::ser::Error::custom)?;
                serializer.serialize_str(&text)
            }
            (ListForm::Array | ListForm::Plain, names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for NameList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = NameList;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a name or a list of names")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<NameList, E> {
                Ok(NameList::from_string(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<NameList, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(NameList::array(names))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

/// COMPAT(author's client): a Python program that fills the field with `str(list)` sends
/// `['a', "it's"]`. Only lists without escapes are taken; whatever else is not unambiguous.
fn python_list(array: &str) -> Option<Vec<String>> {
    let mut rest = array.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut names = Vec::new();
    if array.contains('\\') {
        return None;
    }
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, after) = rest[1..].split_once(quote)?;
        names.push(name.to_owned());
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            // A comma announces another name.
            Some(more) if !more.trim().is_empty() => more.trim_start(),
            Some(_) => return None,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> NameList {
        serde_json::from_str(json).expect("a list")
    }

    // [594-5] "a name list field"
    #[test]
    fn the_three_forms_are_told_apart() {
        let two = || vec!["a".to_owned(), "b".to_owned()];
        let table: &[(&str, NameList)] = &[
            (r#"["a","b"]"#, NameList::array(two())),
            (r#"[]"#, NameList::array(vec![])),
            (r#""a""#, NameList::plain("a")),
            (r#""""#, NameList::plain("")),
            (r#""a,b""#, NameList::plain("a,b")),
            (r#""[\"a\",\"b\"]""#, NameList::text(two())),
            (r#"" [ \"a\" , \"b\" ] ""#, NameList::text(two())),
            (r#""[]""#, NameList::text(vec![])),
            (r#""['a', 'b']""#, NameList::text(two())),
            (
                r#""['a', \"it's\"]""#,
                NameList::text(vec!["a".into(), "it's".into()]),
            ),
            (r#""[x]""#, NameList::plain("[x]")),
            (r#""['a',]""#, NameList::plain("['a',]")),
            (r#""['a' 'b']""#, NameList::plain("['a' 'b']")),
            (r#""['a""#, NameList::plain("['a")),
            (r#""[1,2]""#, NameList::plain("[1,2]")),
        ];
        for (json, list) in table {
            assert_eq!(&read(json), list, "{json}");
        }
        for bad in ["1", "null", "{}", "[1]", r#"["a",null]"#, "true"] {
            assert!(serde_json::from_str::<NameList>(bad).is_err(), "{bad}");
        }
    }

    // [594-5]
    #[test]
    fn a_list_is_written_in_its_own_form() {
        let names = || vec!["a\"".to_owned(), "b".to_owned()];
        for (list, json) in [
            (NameList::array(names()), r#"["a\"","b"]"#),
            (NameList::text(names()), r#""[\"a\\\"\",\"b\"]""#),
            (NameList::plain("a"), r#""a""#),
        ] {
            assert_eq!(serde_json::to_string(&list).expect("json"), json);
            assert_eq!(read(json), list);
        }
    }
}
