//! `date`: the calendar. Today is what the program says it is.

use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

#[derive(Deserialize, JsonSchema, Default)]
struct Arguments {
    /// A date as YYYY-MM-DD; without it, today.
    #[serde(default)]
    date: Option<String>,
    /// Another date as YYYY-MM-DD, to count the days from the first one to it.
    #[serde(default)]
    until: Option<String>,
    /// Days to add to the first date; negative for earlier.
    #[serde(default)]
    #[schemars(range(min = -100_000, max = 100_000))]
    add_days: Option<i64>,
}

pub(super) fn make(means: &Means) -> Option<Arc<dyn Tool>> {
    let today = means.today?;
    Some(Typed::shared(
        "date",
        "Tells today's date, the weekday of a date, the days between two dates, or the date some days later. Without \
         arguments it tells today.",
        Effect::Reads,
        move |arguments: Arguments| answer(today, &arguments).map(|a| Output::json(&a)),
    ))
}

#[derive(Serialize, Debug, PartialEq)]
struct Answer {
    today: String,
    date: String,
    weekday: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_weekday: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then_weekday: Option<&'static str>,
}

fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

fn parse(argument: &'static str, text: &str) -> Result<NaiveDate, ToolError> {
    let fault = "it is no date of the calendar in the form YYYY-MM-DD";
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| ToolError::Value { argument, fault })
}

fn answer(today: NaiveDate, arguments: &Arguments) -> Result<Answer, ToolError> {
    let date = arguments.date.as_deref().map_or(Ok(today), |text| parse("date", text))?;
    let until = arguments.until.as_deref().map(|text| parse("until", text)).transpose()?;
    let add = |days: i64| {
        let step = Days::new(days.unsigned_abs());
        let then = if days < 0 { date.checked_sub_days(step) } else { date.checked_add_days(step) };
        then.ok_or(ToolError::Value { argument: "add_days", fault: "that is beyond the calendar" })
    };
    let then = arguments.add_days.map(add).transpose()?;
    Ok(Answer {
        today: today.to_string(),
        date: date.to_string(),
        weekday: weekday(date),
        days_until: until.map(|until| (until - date).num_days()),
        until_weekday: until.map(weekday),
        then: then.map(|then| then.to_string()),
        then_weekday: then.map(weekday),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(date: Option<&str>, until: Option<&str>, add_days: Option<i64>) -> Result<Answer, ToolError> {
        let today = NaiveDate::from_ymd_opt(2025, 6, 20).unwrap();
        answer(today, &Arguments { date: date.map(Into::into), until: until.map(Into::into), add_days })
    }

    #[test]
    fn today_is_what_it_is_told_to_be() {
        let today = check(None, None, None).unwrap();
        assert_eq!((today.date.as_str(), today.weekday), ("2025-06-20", "Friday"));
    }

    #[test]
    fn days_are_counted_and_added() {
        assert_eq!(check(None, Some("2025-07-05"), None).unwrap().days_until, Some(15));
        assert_eq!(check(Some("2024-02-28"), Some("2024-03-01"), None).unwrap().days_until, Some(2));
        assert_eq!(check(Some("2024-03-01"), Some("2024-02-28"), None).unwrap().days_until, Some(-2));
        let then = check(Some("2024-02-28"), None, Some(-59)).unwrap();
        assert_eq!((then.then.as_deref(), then.then_weekday), (Some("2023-12-31"), Some("Sunday")));
    }

    #[test]
    fn no_date_is_an_error() {
        assert!(check(Some("2025-02-29"), None, None).is_err());
        assert!(check(Some("tomorrow"), None, None).is_err());
        assert!(check(Some("+262142-12-31"), None, Some(9)).is_err());
    }
}
