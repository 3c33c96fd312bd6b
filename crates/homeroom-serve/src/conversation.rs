//! Reads a request for a chat.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use homeroom_model::{ChatRequest, Choice, Message, Needs, Part, Role, Sampling, Schema, Tool, ToolCall};
use serde_json::{Map, Value, json};

use crate::Limits;
use crate::checkable::checkable;
use crate::fields::Fields;
use crate::refusal::Refusal;

/// Most strings that may end an answer. OpenAI takes 4; clients that fill gaps in code send more.
const STOPS: usize = 16;
/// Most letters of the name of a tool or a schema.
const NAME: usize = 64;
/// Kinds of pictures that models see.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/// Some clients leave the filling at the end away.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// A request for a chat.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: ChatRequest,
    pub(crate) streaming: Streaming,
}

/// Whether an answer comes in pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Streaming {
    pub(crate) on: bool,
    /// Whether the tokens are told at its end.
    pub(crate) usage: bool,
}

/// Reads a request. `context`: tokens that the model takes, where it is known.
pub(crate) fn read(fields: &Fields<'_>, limits: &Limits, context: Option<u64>) -> Result<Asked, Refusal> {
    only_one(fields)?;
    for name in ["functions", "function_call"] {
        if fields.has(name) {
            return Err(Refusal::unsupported(name, "is no longer taken: use `tools` and `tool_choice`"));
        }
    }
    let messages = fields.need("messages", fields.list("messages")?)?;
    if messages.is_empty() {
        return Err(Refusal::field("messages", "must not be empty"));
    }
    let messages = messages.into_iter().map(message).collect::<Result<Vec<_>, _>>()?;
    let (tools, choice) = tools(fields)?;
    let top = fields.whole("top_logprobs", 0..=20)?;
    let logs = fields.flag("logprobs")?;
    if top.is_some() && !logs {
        return Err(Refusal::field("top_logprobs", "needs `logprobs` to be true"));
    }
    let mut request = ChatRequest {
        tools,
        choice,
        schema: schema(fields)?,
        sampling: sampling(fields)?,
        stop: stop(fields)?,
        top_logprobs: logs.then(|| top.and_then(|n| u8::try_from(n).ok()).unwrap_or(0)),
        ..ChatRequest::new(messages, 0)
    };
    let said = match max_tokens(fields, "max_completion_tokens")? {
        Some(most) => Some(most),
        None => max_tokens(fields, "max_tokens")?,
    };
    request.max_tokens = said.unwrap_or_else(|| {
        // As much as the model has room for beside the question.
        let room = context.map_or(u64::MAX, |context| context.saturating_sub(Needs::of(&request).context));
        limits.answer_tokens.min(u32::try_from(room).unwrap_or(u32::MAX)).max(1)
    });
    Ok(Asked { request, streaming: streaming(fields)? })
}

/// Only one answer is given to a request.
pub(crate) fn only_one(fields: &Fields<'_>) -> Result<(), Refusal> {
    match fields.whole("n", 1..=128)? {
        None | Some(1) => Ok(()),
        Some(_) => Err(Refusal::unsupported("n", "must be 1: ask several times for several answers")),
    }
}

pub(crate) fn streaming(fields: &Fields<'_>) -> Result<Streaming, Refusal> {
    let usage = fields.fields("stream_options")?.map_or(Ok(false), |options| options.flag("include_usage"))?;
    Ok(Streaming { on: fields.flag("stream")?, usage })
}

pub(crate) fn max_tokens(fields: &Fields<'_>, name: &str) -> Result<Option<u32>, Refusal> {
    let most = fields.whole(name, 1..=i64::from(u32::MAX))?;
    Ok(most.map(|n| u32::try_from(n).unwrap_or(u32::MAX)))
}

/// Where nothing is said, OpenAI's defaults hold, not those of this program's own questions.
pub(crate) fn sampling(fields: &Fields<'_>) -> Result<Sampling, Refusal> {
    let seed = match fields.get("seed").and_then(Value::as_u64) {
        Some(seed) => Some(seed),
        // A negative seed means chance to some servers; here it is a seed like any other.
        None => fields.whole("seed", i64::MIN..=i64::MAX)?.map(|n| (n & i64::MAX).unsigned_abs()),
    };
    Ok(Sampling {
        temperature: fields.number("temperature", 0.0..=2.0)?.unwrap_or(1.0) as f32,
        top_p: fields.number("top_p", 0.0..=1.0)?.unwrap_or(1.0) as f32,
        seed,
    })
}

pub(crate) fn stop(fields: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    let stops = match fields.get("stop") {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => vec![("stop".to_owned(), one.clone())],
        Some(Value::Array(_)) => {
            let text = |(path, value): (String, &Value)| match value.as_str() {
                Some(text) => Ok((path, text.to_owned())),
                None => Err(Refusal::field(path, "must be a string")),
            };
            fields.list("stop")?.unwrap_or_default().into_iter().map(text).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Refusal::field("stop", "must be a string or a list of strings")),
    };
    if stops.len() > STOPS {
        return Err(Refusal::field("stop", format!("must not have more than {STOPS} entries")));
    }
    if let Some((path, _)) = stops.iter().find(|(_, text)| text.is_empty()) {
        return Err(Refusal::field(path.clone(), "must not be empty"));
    }
    Ok(stops.into_iter().map(|(_, text)| text).collect())
}

fn message((path, value): (String, &Value)) -> Result<Message, Refusal> {
    let fields = Fields::of(value, path)?;
    let role = match fields.need("role", fields.text("role")?)? {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return Err(Refusal::field(fields.path("role"), "must be system, developer, user, assistant or tool")),
    };
    let calls = match role {
        Role::Assistant => fields.list("tool_calls")?.unwrap_or_default(),
        _ => Vec::new(),
    };
    let calls = calls.into_iter().map(call).collect::<Result<Vec<_>, _>>()?;
    let parts = match fields.get("content") {
        None if role == Role::Assistant => Vec::new(),
        None => return fields.need("content", None),
        Some(Value::String(text)) => vec![Part::Text { text: text.clone() }],
        Some(Value::Array(_)) => {
            let parts = fields.list("content")?.unwrap_or_default();
            parts.into_iter().map(|entry| part(role, entry)).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Refusal::field(fields.path("content"), "must be a string or a list of parts")),
    };
    let answers = match role {
        Role::Tool => Some(fields.need("tool_call_id", fields.text("tool_call_id")?)?.to_owned()),
        _ => None,
    };
    Ok(Message { role, parts, calls, answers })
}

fn part(role: Role, (path, value): (String, &Value)) -> Result<Part, Refusal> {
    let fields = Fields::of(value, path)?;
    let kind = fields.need("type", fields.text("type")?)?;
    if role != Role::User && matches!(kind, "image_url" | "input_audio") {
        return Err(Refusal::unsupported(
            fields.path("type"),
            "must be text: only a user shows pictures and recordings",
        ));
    }
    match kind {
        "text" => Ok(Part::Text { text: fields.need("text", fields.text("text")?)?.to_owned() }),
        "refusal" => Ok(Part::Text { text: fields.need("refusal", fields.text("refusal")?)?.to_owned() }),
        "image_url" => picture(&fields),
        "input_audio" => recording(&fields),
        _ => Err(Refusal::unsupported(fields.path("type"), "must be text, image_url or input_audio")),
    }
}

fn picture(fields: &Fields<'_>) -> Result<Part, Refusal> {
    // Some clients send the address itself.
    let (path, url) = match fields.get("image_url") {
        Some(Value::String(url)) => (fields.path("image_url"), url.as_str()),
        _ => {
            let image = fields.need("image_url", fields.fields("image_url")?)?;
            (image.path("url"), image.need("url", image.text("url")?)?)
        }
    };
    let Some(rest) = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).map(|_| &url[5..]) else {
        return Err(Refusal::unsupported(path, "must be a data: URL: addresses are not fetched"));
    };
    let Some((mime, data)) = rest.split_once(";base64,") else {
        return Err(Refusal::field(path, "must be of the form data:image/png;base64,..."));
    };
    let mime = mime.to_ascii_lowercase();
    let mime = if mime == "image/jpg" { "image/jpeg".to_owned() } else { mime };
    if !PICTURES.contains(&mime.as_str()) {
        return Err(Refusal::unsupported(path, "must be a PNG, JPEG, WebP or GIF picture"));
    }
    Ok(Part::Image { mime, data: base64(path, data)? })
}

fn recording(fields: &Fields<'_>) -> Result<Part, Refusal> {
    let audio = fields.need("input_audio", fields.fields("input_audio")?)?;
    let format = audio.need("format", audio.text("format")?)?;
    if !matches!(format, "wav" | "mp3") {
        return Err(Refusal::unsupported(audio.path("format"), "must be wav or mp3"));
    }
    let data = audio.need("data", audio.text("data")?)?;
    Ok(Part::Audio { format: format.to_owned(), data: base64(audio.path("data"), data)? })
}

/// `data` in the usual form of base64.
fn base64(path: String, data: &str) -> Result<String, Refusal> {
    match BASE64.decode(data.trim()) {
        Ok(bytes) if bytes.is_empty() => Err(Refusal::field(path, "must not be empty")),
        Ok(bytes) => Ok(STANDARD.encode(bytes)),
        Err(_) => Err(Refusal::field(path, "is not valid base64")),
    }
}

fn call((path, value): (String, &Value)) -> Result<ToolCall, Refusal> {
    let fields = Fields::of(value, path)?;
    is_function(&fields)?;
    let function = fields.need("function", fields.fields("function")?)?;
    let arguments = match function.text("arguments")? {
        Some(text) if !text.trim().is_empty() => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        _ => json!({}),
    };
    Ok(ToolCall {
        id: fields.need("id", fields.text("id")?)?.to_owned(),
        name: function.need("name", function.text("name")?)?.to_owned(),
        arguments,
    })
}

fn is_function(fields: &Fields<'_>) -> Result<(), Refusal> {
    match fields.text("type")? {
        None | Some("function") => Ok(()),
        Some(_) => Err(Refusal::unsupported(fields.path("type"), "must be function")),
    }
}

/// A name as models can write it.
fn name(fields: &Fields<'_>) -> Result<String, Refusal> {
    let name = fields.need("name", fields.text("name")?)?;
    let fine = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !fine || name.is_empty() || name.len() > NAME {
        let what = format!("must have 1 to {NAME} letters, digits, `_` and `-`");
        return Err(Refusal::field(fields.path("name"), what));
    }
    Ok(name.to_owned())
}

fn tools(fields: &Fields<'_>) -> Result<(Vec<Tool>, Choice), Refusal> {
    let tools = fields.list("tools")?.unwrap_or_default();
    let mut tools = tools.into_iter().map(tool).collect::<Result<Vec<_>, _>>()?;
    let choice = match fields.get("tool_choice") {
        None => Choice::Auto,
        Some(Value::String(choice)) => match choice.as_str() {
            "auto" => Choice::Auto,
            "required" => Choice::Required,
            "none" => Choice::None,
            _ => return Err(Refusal::field("tool_choice", "must be auto, required, none or an object")),
        },
        Some(value @ Value::Object(_)) => {
            let choice = Fields::of(value, "tool_choice".to_owned())?;
            is_function(&choice)?;
            let function = choice.need("function", choice.fields("function")?)?;
            let wanted = function.need("name", function.text("name")?)?;
            // The one tool that must be called is the only one that is offered.
            tools.retain(|tool| tool.name == wanted);
            if tools.is_empty() {
                return Err(Refusal::field(function.path("name"), "must name one of `tools`"));
            }
            Choice::Required
        }
        Some(_) => return Err(Refusal::field("tool_choice", "must be auto, required, none or an object")),
    };
    if tools.is_empty() && choice == Choice::Required {
        return Err(Refusal::field("tool_choice", "needs `tools` to choose from"));
    }
    Ok((tools, choice))
}

fn tool((path, value): (String, &Value)) -> Result<Tool, Refusal> {
    let fields = Fields::of(value, path)?;
    is_function(&fields)?;
    let function = fields.need("function", fields.fields("function")?)?;
    let parameters = match function.get("parameters") {
        None => json!({"type": "object", "properties": {}}),
        Some(parameters @ Value::Object(_)) => parameters.clone(),
        Some(_) => return Err(Refusal::field(function.path("parameters"), "must be an object")),
    };
    Ok(Tool { name: name(&function)?, description: function.text("description")?.unwrap_or("").to_owned(), parameters })
}

fn schema(fields: &Fields<'_>) -> Result<Option<Schema>, Refusal> {
    let Some(format) = fields.fields("response_format")? else { return Ok(None) };
    match format.need("type", format.text("type")?)? {
        "text" => Ok(None),
        "json_object" => Ok(Some(Schema { name: "answer".to_owned(), schema: json!({"type": "object"}) })),
        "json_schema" => {
            let wanted = format.need("json_schema", format.fields("json_schema")?)?;
            let schema = match wanted.get("schema") {
                None => Value::Object(Map::new()),
                Some(schema @ Value::Object(_)) => schema.clone(),
                Some(_) => return Err(Refusal::field(wanted.path("schema"), "must be an object")),
            };
            if !checkable(&schema) {
                return Err(Refusal::field(wanted.path("schema"), "is not a valid JSON schema"));
            }
            Ok(Some(Schema { name: name(&wanted)?, schema }))
        }
        _ => Err(Refusal::field(format.path("type"), "must be text, json_object or json_schema")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &Value) -> Result<Asked, Refusal> {
        read(&Fields::of(value, String::new())?, &Limits::default(), None)
    }

    #[track_caller]
    fn refused(mut change: impl FnMut(&mut Value), param: &str) {
        let mut value = json!({"model": "m", "messages": [{"role": "user", "content": "a secret"}]});
        change(&mut value);
        let body = asked(&value).unwrap_err().body();
        assert_eq!(body["error"]["param"], param, "{body}");
        assert!(!body.to_string().contains("secret"), "{body}");
    }

    #[test]
    fn wrong_fields_are_named() {
        refused(|v| v["messages"] = json!("secret"), "messages");
        refused(|v| v["messages"] = json!([]), "messages");
        refused(|v| v["messages"][0] = json!("secret"), "messages[0]");
        refused(|v| v["messages"][0]["role"] = json!("secret"), "messages[0].role");
        refused(|v| v["messages"][0]["content"] = json!(5), "messages[0].content");
        refused(|v| v["messages"][0]["content"] = json!([{"type": "text", "text": 1}]), "messages[0].content[0].text");
        refused(|v| v["messages"][0]["content"] = json!([{"type": "file"}]), "messages[0].content[0].type");
        let image = |url: &str| json!([{"type": "image_url", "image_url": {"url": url}}]);
        let at = "messages[0].content[0].image_url.url";
        for url in [
            "https://secret.example/a.png",
            "file:///secret",
            "data:text/html;base64,c2VjcmV0",
            "data:image/png;base64,%%%",
        ] {
            refused(|v| v["messages"][0]["content"] = image(url), at);
        }
        refused(|v| v["messages"][0]["role"] = json!("tool"), "messages[0].tool_call_id");
        refused(|v| v["n"] = json!(2), "n");
        refused(|v| v["temperature"] = json!("hot"), "temperature");
        refused(|v| v["temperature"] = json!(3), "temperature");
        refused(|v| v["max_tokens"] = json!(0), "max_tokens");
        refused(|v| v["max_completion_tokens"] = json!(1.5), "max_completion_tokens");
        refused(|v| v["stop"] = json!([1]), "stop[0]");
        refused(|v| v["stop"] = json!(""), "stop");
        refused(|v| v["stream"] = json!("yes"), "stream");
        refused(|v| v["stream_options"] = json!(1), "stream_options");
        refused(|v| v["seed"] = json!("secret"), "seed");
        refused(|v| v["top_logprobs"] = json!(3), "top_logprobs");
        refused(
            |v| v["tools"] = json!([{"type": "function", "function": {"name": "a secret"}}]),
            "tools[0].function.name",
        );
        refused(|v| v["tools"] = json!([{"type": "custom"}]), "tools[0].type");
        refused(|v| v["tool_choice"] = json!("required"), "tool_choice");
        let other = json!({"type": "function", "function": {"name": "secret"}});
        refused(|v| v["tool_choice"] = other.clone(), "tool_choice.function.name");
        refused(|v| v["response_format"] = json!({"type": "yaml"}), "response_format.type");
        let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "secret"}}});
        refused(|v| v["response_format"] = format.clone(), "response_format.json_schema.schema");
        refused(|v| v["functions"] = json!([]), "functions");
    }

    #[test]
    fn a_request_is_read() {
        let asked = asked(&json!({
            "model": "m", "unknown": {"x": 1}, "stream": true, "stream_options": {"include_usage": true},
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AAECAw", "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "AAEC", "format": "wav"}},
                ]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
                ]},
                {"role": "tool", "tool_call_id": "c", "content": "a cat"},
            ],
            "tools": [{"type": "function", "function": {"name": "look"}}, {"type": "function", "function": {"name": "hear"}}],
            "tool_choice": {"type": "function", "function": {"name": "look"}},
            "temperature": 0, "top_p": null, "seed": -1, "max_completion_tokens": 7.0, "stop": "END", "logprobs": true,
        }))
        .unwrap();
        assert_eq!(asked.streaming, Streaming { on: true, usage: true });
        let request = asked.request;
        assert_eq!(request.messages[0].role, Role::System);
        let image = Part::Image { mime: "image/jpeg".into(), data: "AAECAw==".into() };
        assert_eq!(request.messages[1].parts[1], image);
        assert_eq!(request.messages[2].calls[0].arguments, json!({"at": 1}));
        assert_eq!(request.messages[3].answers.as_deref(), Some("c"));
        assert_eq!((request.tools.len(), request.choice), (1, Choice::Required));
        assert_eq!((request.max_tokens, request.sampling.temperature, request.sampling.top_p), (7, 0.0, 1.0));
        assert_eq!(request.sampling.seed, Some(i64::MAX.unsigned_abs()));
        assert_eq!((request.stop, request.top_logprobs), (vec!["END".to_owned()], Some(0)));
    }

    #[test]
    fn an_answer_is_as_long_as_there_is_room() {
        let value = json!({"messages": [{"role": "user", "content": "x".repeat(400)}]});
        let fields = Fields::of(&value, String::new()).unwrap();
        let most = |context| read(&fields, &Limits::default(), context).unwrap().request.max_tokens;
        assert_eq!(most(None), Limits::default().answer_tokens);
        assert_eq!(most(Some(1000)), 1000 - 104);
        assert_eq!(most(Some(50)), 1);
    }
}
