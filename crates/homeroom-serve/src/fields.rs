//! Reads the fields of a JSON request: absent and `null` are the same, a wrong type names the field and quotes nothing.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// An object of a request.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The whole request.
    pub(crate) fn root(map: &'a Map<String, Value>) -> Self {
        Self { map, path: String::new() }
    }

    /// The object at `path`.
    pub(crate) fn of(value: &'a Value, path: String) -> Result<Self, Refusal> {
        match value.as_object() {
            Some(map) => Ok(Self { map, path }),
            None => Err(Refusal::field(path, "must be an object")),
        }
    }

    /// Where the field `name` stands, as `messages[0].content`.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field, unless it is absent or `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether it stands there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// That it must be there.
    pub(crate) fn need<T>(&self, name: &str, value: Option<T>) -> Result<T, Refusal> {
        value.ok_or_else(|| Refusal::field(self.path(name), "is missing"))
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.read(name, "must be a string", Value::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.read(name, "must be true or false", Value::as_bool)?.unwrap_or(false))
    }

    pub(crate) fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Refusal> {
        let Some(number) = self.read(name, "must be a number", Value::as_f64)? else { return Ok(None) };
        if range.contains(&number) {
            return Ok(Some(number));
        }
        Err(Refusal::field(self.path(name), format!("must be from {} to {}", range.start(), range.end())))
    }

    /// A whole number; `1.0` is one too.
    pub(crate) fn whole(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
        let whole = |value: &Value| {
            let float = value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9e15);
            // Below 9e15 every whole number has a float of its own.
            value.as_i64().or(float.map(|f| f as i64))
        };
        let Some(number) = self.read(name, "must be a whole number", whole)? else { return Ok(None) };
        if range.contains(&number) {
            return Ok(Some(number));
        }
        Err(Refusal::field(self.path(name), format!("must be from {} to {}", range.start(), range.end())))
    }

    /// Each entry of a list, with its path.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<(String, &'a Value)>>, Refusal> {
        let Some(list) = self.read(name, "must be a list", Value::as_array)? else { return Ok(None) };
        let path = self.path(name);
        Ok(Some(list.iter().enumerate().map(|(i, value)| (format!("{path}[{i}]"), value)).collect()))
    }

    pub(crate) fn fields(&self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.get(name).map(|value| Fields::of(value, self.path(name))).transpose()
    }

    fn read<T>(
        &self,
        name: &str,
        what: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::field(self.path(name), what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_read_and_named() {
        let value = json!({"a": {"b": [1, "secret"]}, "n": null, "five": 5.0, "half": 0.5});
        let root = Fields::of(&value, String::new()).unwrap();
        let a = root.fields("a").unwrap().unwrap();
        let list = a.list("b").unwrap().unwrap();
        assert_eq!(list[1].0, "a.b[1]");
        let error = Fields::of(list[1].1, list[1].0.clone()).unwrap_err().to_string();
        assert_eq!(error, "`a.b[1]` must be an object");
        assert!(root.text("n").unwrap().is_none() && !root.has("n"));
        assert_eq!(root.whole("five", 0..=9).unwrap(), Some(5));
        assert_eq!(root.whole("half", 0..=9).unwrap_err().to_string(), "`half` must be a whole number");
        assert_eq!(root.whole("five", 0..=4).unwrap_err().to_string(), "`five` must be from 0 to 4");
        assert_eq!(root.number("a", 0.0..=1.0).unwrap_err().to_string(), "`a` must be a number");
        assert_eq!(root.need("x", None::<u8>).unwrap_err().to_string(), "`x` is missing");
    }
}
