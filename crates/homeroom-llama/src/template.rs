//! Templates of chats: how a model was trained to read who says what. They come with the model, in Jinja, and expect Python.

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind};
use minijinja_contrib::pycompat::unknown_method_callback;

use crate::python;

/// How much work a template may be, in minijinja's units: about one for each instruction and for each 64 bytes, so that this
/// many allow for 128 MB. It is far more than a long chat needs, by estimate and not by measure. minijinja does not count the
/// items of lists that are joined by `+` more than thirty times over: a template that was made to fill the memory still can.
const FUEL: u64 = 2_000_000;

/// The only name in an environment.
const NAME: &str = "chat";

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The year.
    pub year: i32,
    /// The month, from 1 on.
    pub month: u8,
    /// The day of the month, from 1 on.
    pub day: u8,
}

/// Why a chat could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no template that minijinja knows.
    #[error("parse the template of chats")]
    Parse(#[source] Error),
    /// The template says that it does not take such a chat: most want turns that alternate, some take no system message.
    #[error("the template of chats does not take this chat")]
    Refused {
        /// What it says. A template could repeat what was said in the chat: this is not for logs.
        message: String,
    },
    /// It failed, or was more work than is allowed.
    #[error("render the template of chats")]
    Render(#[source] Error),
    /// The chat has the name of a control token in a place where it can't be told from the template's own.
    #[error("the chat has a control token's name where it would be one")]
    Control,
}

/// A template of chats.
pub struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    /// What models understand best that have no template of their own.
    pub const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + \
                              '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' \
                              }}{% endif %}";

    /// Reads a template. `bos`, `eos`: the names of the tokens that begin and end a text.
    ///
    /// # Errors
    /// [`TemplateError::Parse`].
    ///
    /// # Source
    /// The environment is that of transformers' `apply_chat_template`: blocks take their line with them, loops have `break`
    /// and `continue`, and there are `raise_exception`, `strftime_now` and a `tojson` of its own.
    pub fn new(source: &str, bos: &str, eos: &str) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        let blocks = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(blocks.map_err(TemplateError::Parse)?);
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_formatter(|out, _, value| {
            fmt::Write::write_str(out, &python::text(value)?)
                .map_err(|error| Error::new(ErrorKind::WriteFailure, "write").with_source(error))
        });
        environment.add_filter("tojson", |value: Value, options: Kwargs| python::tojson(&value, &options));
        environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, "the template raised an exception")
                .with_source(Raised(message)))
        });
        environment.add_global("bos_token", bos);
        environment.add_global("eos_token", eos);
        environment.add_template_owned(NAME, plain(source)).map_err(TemplateError::Parse)?;
        Ok(Self { environment })
    }

    /// Tells the template the day, which some write into the system message. Others do not change; those that want to know it
    /// and are not told fall back to a day of their own.
    #[must_use]
    pub fn on(mut self, day: Day) -> Self {
        self.environment.add_function("strftime_now", move |format: String| strftime(day, &format));
        self
    }

    /// Sets a variable of the template, such as `enable_thinking`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &serde_json::Value) -> Self {
        self.environment.add_global(name.to_owned(), Value::from(Serde(value)));
        self
    }

    /// Renders a chat. `messages`, `tools`: as in OpenAI's chat completions; no tools are none. Arguments of calls that are JSON
    /// in a text are given to the template as what they mean, as transformers wants them. `add_generation_prompt`: it ends
    /// where the model's turn begins.
    ///
    /// The names of control tokens in the messages stay what they are: tokens are made by [`Self::prompt`].
    ///
    /// # Errors
    /// [`TemplateError::Refused`] where the template does not take such a chat, [`TemplateError::Render`] where it fails.
    pub fn render(
        &self,
        messages: &[serde_json::Value],
        tools: &[serde_json::Value],
        add_generation_prompt: bool,
    ) -> Result<String, TemplateError> {
        let messages: Vec<serde_json::Value> = messages.iter().map(with_arguments).collect();
        let tools = (!tools.is_empty()).then_some(tools);
        let variables = minijinja::context! {
            messages => Value::from(Serde(messages)),
            tools => Value::from(Serde(tools)),
            documents => Value::from(()),
            add_generation_prompt,
        };
        let template = self.environment.get_template(NAME).map_err(TemplateError::Parse)?;
        template.render(variables).map_err(|error| match raised(&error) {
            Some(message) => TemplateError::Refused { message },
            None => TemplateError::Render(error),
        })
    }
}

impl fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatTemplate").finish_non_exhaustive()
    }
}

/// A message whose calls have their arguments as objects.
pub(crate) fn with_arguments(message: &serde_json::Value) -> serde_json::Value {
    let mut message = message.clone();
    let calls = message.get_mut("tool_calls").and_then(serde_json::Value::as_array_mut);
    for arguments in calls.into_iter().flatten().filter_map(|call| call.pointer_mut("/function/arguments")) {
        let meant = arguments.as_str().and_then(|text| serde_json::from_str(text).ok());
        if let Some(meant @ serde_json::Value::Object(_)) = meant {
            *arguments = meant;
        }
    }
    message
}

/// What a template raised.
#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an exception")
    }
}

impl std::error::Error for Raised {}

fn raised(error: &Error) -> Option<String> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(Raised(message)) = error.downcast_ref() {
            return Some(message.clone());
        }
        cause = error.source();
    }
    None
}

/// Replaces the tags `generation` and `endgeneration`, which are transformers' own and mark what a model is trained on, by
/// ones that leave what they hold as it is.
fn plain(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at + 2);
        out.push_str(before);
        rest = tag;
        let Some(end) = tag.find("%}") else { break };
        let body = &tag[..end];
        let name = body.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+');
        let instead = match name {
            "generation" => "if true",
            "endgeneration" => "endif",
            _ => continue,
        };
        out.push_str(&body.replacen(name, instead, 1));
        rest = &tag[end..];
    }
    out.push_str(rest);
    out
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A day in C's format, at midnight.
///
/// # Errors
/// For a day that is none, and for signs that templates don't use.
fn strftime(Day { year, month, day }: Day, format: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let name = usize::from(month).checked_sub(1).and_then(|month| MONTHS.get(month));
    let name = name.filter(|_| (1..=31).contains(&day)).ok_or_else(|| wrong("there is no such day".into()))?;
    // Sakamoto's method.
    let shifted = i64::from(year) - i64::from(month < 3);
    let offset = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][usize::from(month) - 1];
    let leap = shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400);
    let weekday = (shifted + leap + offset + i64::from(day)).rem_euclid(7);
    let weekday = WEEKDAYS[usize::try_from(weekday).unwrap_or(0)];
    let mut out = String::new();
    let mut signs = format.chars();
    while let Some(c) = signs.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        out.push_str(&match signs.next() {
            Some('Y') => format!("{year}"),
            Some('y') => format!("{:02}", year.rem_euclid(100)),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('B') => (*name).to_owned(),
            Some('b' | 'h') => name[..3].to_owned(),
            Some('A') => weekday.to_owned(),
            Some('a') => weekday[..3].to_owned(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('H' | 'M' | 'S') => "00".to_owned(),
            Some('T') => "00:00:00".to_owned(),
            Some('%') => "%".to_owned(),
            sign => return Err(wrong(format!("no sign of strftime: {sign:?}"))),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a template gives for a message that says "Hi".
    #[track_caller]
    fn check(source: &str, wanted: &str) {
        let day = Day { year: 2024, month: 2, day: 29 };
        let template = ChatTemplate::new(source, "<s>", "</s>").unwrap().on(day);
        let found = template.render(&[json!({"role": "user", "content": "Hi"})], &[], true);
        assert_eq!(found.unwrap(), wanted);
    }

    #[test]
    fn as_python_does() {
        check("{{ bos_token }}{{ messages[0].content }}{{ eos_token }}", "<s>Hi</s>");
        check("{{ none }} {{ true }} {{ [1, 'a'] }} {{ nothing }}|", "None True [1, 'a'] |");
        check("{{ messages | tojson }}", r#"[{"role": "user", "content": "Hi"}]"#);
        check("{{ {'b': 1, 'a': '<é>\\n'} | tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": \"<é>\\n\"\n}");
        check(
            "{{ {'b': 1, 'a': [0.5, 1e20]} | tojson(sort_keys=true, separators=(',', ':')) }}",
            r#"{"a":[0.5,1e+20],"b":1}"#,
        );
        check("{{ 'é😀' | tojson(ensure_ascii=true) }}", r#""\u00e9\ud83d\ude00""#);
        check("{{ ' a b '.strip().split(' ')[-1] }}{{ 'abc'.startswith('ab') }}", "bTrue");
        check("  {% if tools %}\nx\n  {% else %}\ny\n  {% endif %}\nz", "y\nz");
        check("{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "13");
        check("{%- generation -%}\n a {%- endgeneration %} b", "a b");
        check("{{ strftime_now('%d %b %Y, %A %y-%m %B') }}", "29 Feb 2024, Thursday 24-02 February");
        check(
            "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            "1",
        );
    }

    #[test]
    fn days() {
        for (year, month, day, wanted) in
            [(2000, 1, 1, "Sat"), (1999, 12, 31, "Fri"), (2026, 11, 24, "Tue"), (1900, 3, 1, "Thu")]
        {
            assert_eq!(strftime(Day { year, month, day }, "%a").unwrap(), wanted);
        }
        assert!(strftime(Day { year: 2026, month: 13, day: 1 }, "%a").is_err());
        assert!(strftime(Day { year: 2026, month: 0, day: 1 }, "%a").is_err());
        assert!(strftime(Day { year: 2026, month: 1, day: 1 }, "%Q").is_err());
    }

    #[test]
    fn refused_and_hostile() {
        let render = |source: &str| ChatTemplate::new(source, "", "").unwrap().render(&[], &[], true);
        let found = render("{{ raise_exception('roles must alternate') }}");
        assert!(matches!(found, Err(TemplateError::Refused { message }) if message == "roles must alternate"));
        for endless in [
            "{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
            "{% set ns = namespace(x='x') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
            "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(26) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(26) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | tojson }}",
        ] {
            assert!(matches!(render(endless), Err(TemplateError::Render(_))), "{endless}");
        }
        assert!(matches!(render("{{ {'a': nothing} | tojson }}"), Err(TemplateError::Render(_))));
        assert!(matches!(ChatTemplate::new("{% if %}", "", ""), Err(TemplateError::Parse(_))));
        // Without a day, a template that asks whether it can know it can't.
        assert_eq!(render("{{ strftime_now is defined }}").unwrap(), "False");
    }
}
