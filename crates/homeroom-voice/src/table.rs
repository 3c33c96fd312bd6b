//! A large JSON object whose values are read when they are asked for.
//!
//! The tables of the voice hold 340,000 entries, of which a text needs a few hundred: finding where each entry stands is
//! several times faster than reading all of them, and the first word is heard that much sooner.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashTable;
use serde::Deserialize;
use serde::de::Error as _;

type Hasher = BuildHasherDefault<DefaultHasher>;

/// An object and where its members are.
pub(crate) struct Table {
    text: Arc<str>,
    entries: Vec<Entry>,
    index: HashTable<u32>,
}

/// Bytes of a key without its quotation marks, and of a value.
struct Entry {
    key: Range<u32>,
    value: Range<u32>,
}

impl Table {
    /// Reads where the members of the object in bytes `range` of `text` are.
    ///
    /// # Errors
    /// An error with the place where it is no object.
    pub(crate) fn new(text: Arc<str>, range: Range<usize>) -> Result<Table, serde_json::Error> {
        let mut table = Table { entries: scan(&text, range)?, text, index: HashTable::new() };
        let hashes: Vec<u64> = table.entries.iter().map(|e| hash(table.key(e))).collect();
        table.index.reserve(hashes.len(), |i| hashes[*i as usize]);
        for (i, key) in (0..).zip(&hashes) {
            // A key that comes twice counts the last time, as everywhere in JSON; there is none in these tables.
            table.index.insert_unique(*key, i, |i| hashes[*i as usize]);
        }
        Ok(table)
    }

    /// The member `key` as JSON text. Keys that JSON writes with an escape are not found; the tables have none.
    pub(crate) fn json(&self, key: &str) -> Option<&str> {
        let found = self.index.find(hash(key), |i| self.key(&self.entries[*i as usize]) == key)?;
        let value = &self.entries[*found as usize].value;
        Some(&self.text[value.start as usize..value.end as usize])
    }

    /// The member `key`, read; `None` where it is not there or of another type.
    pub(crate) fn get<'t, T: Deserialize<'t>>(&'t self, key: &str) -> Option<T> {
        serde_json::from_str(self.json(key)?).ok()
    }

    /// Whether there is a member `key`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.json(key).is_some()
    }

    /// The member `key`, itself such a table.
    ///
    /// # Errors
    /// Where it is not there or no object.
    pub(crate) fn table(&self, key: &str) -> Result<Table, serde_json::Error> {
        let found = self.index.find(hash(key), |i| self.key(&self.entries[*i as usize]) == key);
        let found = found.ok_or_else(|| serde_json::Error::custom(format_args!("there is no `{key}`")))?;
        let value = &self.entries[*found as usize].value;
        Table::new(Arc::clone(&self.text), value.start as usize..value.end as usize)
    }

    fn key(&self, entry: &Entry) -> &str {
        &self.text[entry.key.start as usize..entry.key.end as usize]
    }
}

fn hash(key: &str) -> u64 {
    Hasher::default().hash_one(key)
}

/// The members of the object in bytes `range` of `text`.
fn scan(text: &str, range: Range<usize>) -> Result<Vec<Entry>, serde_json::Error> {
    let bytes = &text.as_bytes()[..range.end];
    let bad = |at: usize| serde_json::Error::custom(format_args!("no JSON object at byte {at}"));
    if u32::try_from(bytes.len()).is_err() {
        return Err(bad(u32::MAX as usize));
    }
    let skip_space = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let expect = |at: usize, byte: u8| if bytes.get(at) == Some(&byte) { Ok(at + 1) } else { Err(bad(at)) };
    let mut entries = Vec::new();
    let mut at = skip_space(expect(skip_space(range.start), b'{')?);
    if bytes.get(at) == Some(&b'}') {
        return Ok(entries);
    }
    loop {
        let key = expect(at, b'"')?;
        let key_end = string_end(bytes, key).ok_or_else(|| bad(key))?;
        let value = skip_space(expect(skip_space(key_end + 1), b':')?);
        let value_end = value_end(bytes, value).ok_or_else(|| bad(value))?;
        // In range: checked above.
        entries.push(Entry { key: key as u32..key_end as u32, value: value as u32..value_end as u32 });
        at = skip_space(value_end);
        match bytes.get(at) {
            Some(b',') => at = skip_space(at + 1),
            Some(b'}') => return Ok(entries),
            _ => return Err(bad(at)),
        }
    }
}

/// The closing quotation mark of a string that begins at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// One past the last byte of the value that begins at `at`.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at + 1)? + 1;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(json: &str) -> Result<Table, serde_json::Error> {
        Table::new(json.into(), 0..json.len())
    }

    #[test]
    fn members_are_read_when_asked_for() {
        let table = table(r#" { "a" : "x\"y" , "b":{"c":[1,{"d":2}]},"é":3.5 , "f":null} "#).expect("an object");
        assert_eq!(table.get::<String>("a").as_deref(), Some("x\"y"));
        assert_eq!(table.get::<f64>("é"), Some(3.5));
        assert_eq!(table.get::<String>("é"), None);
        assert!(table.has("f") && !table.has("g"));
        let inner = table.table("b").expect("an object");
        assert_eq!(inner.json("c"), Some(r#"[1,{"d":2}]"#));
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for json in
            ["", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\\"]
        {
            assert!(table(json).is_err(), "{json}");
        }
        assert!(table("{}").is_ok());
    }
}
