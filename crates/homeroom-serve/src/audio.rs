//! `POST /v1/audio/transcriptions` and `POST /v1/audio/speech`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use homeroom_core::Language;
use homeroom_transcribe::{Segment, Transcript};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::gate::{Caller, Shared, read_json};
use crate::refusal::Refusal;
use crate::{Hearing, Saying, SoundFault, models};

/// Most letters that are spoken at once, as with OpenAI.
const LETTERS: usize = 4096;

/// Most parts of a form: more are of no use.
const PARTS: usize = 32;

/// How a transcript is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Json,
    Text,
    Verbose,
    Srt,
    Vtt,
}

/// The form of a request.
#[derive(Default)]
struct Form {
    file: Option<Bytes>,
    model: Option<String>,
    language: Option<Language>,
    prompt: Option<String>,
    format: Format,
    words: bool,
    segments: bool,
}

pub(crate) async fn transcribe(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let form = read_form(&shared, request).await?;
    let name = form.model.ok_or_else(|| Refusal::field("model", "is missing"))?;
    let service = &shared.service;
    let transcriber = models::named(service, service.transcribe.as_ref(), |t| &t.name, &name, "does not hear")?;
    caller.asks(&transcriber.name);
    let file = form.file.ok_or_else(|| Refusal::field("file", "is missing"))?;
    if file.is_empty() {
        return Err(Refusal::field("file", "must not be empty"));
    }
    if (form.words || form.segments) && form.format != Format::Verbose {
        return Err(Refusal::field("timestamp_granularities", "needs `response_format` to be verbose_json"));
    }
    let (hear, language, prompt) = (Arc::clone(&transcriber.hear), form.language.clone(), form.prompt);
    let transcript = shared.compute(move |gone| hear(&file, &Hearing { language, prompt, gone: gone.clone() })).await?;
    let transcript = transcript.map_err(|fault| {
        let param = if matches!(fault, SoundFault::Language) { "language" } else { "file" };
        Refusal::Sound { param, fault }
    })?;
    let plain = |kind: &'static str, text: String| ([(header::CONTENT_TYPE, kind)], text).into_response();
    Ok(match form.format {
        Format::Json => Json(json!({"text": text(&transcript), "usage": usage(&transcript)})).into_response(),
        Format::Text => plain("text/plain; charset=utf-8", transcript.to_text()),
        Format::Srt => plain("application/x-subrip; charset=utf-8", transcript.to_srt()),
        Format::Vtt => plain("text/vtt; charset=utf-8", transcript.to_vtt()),
        Format::Verbose => {
            let segments = form.segments || !form.words;
            Json(verbose(&transcript, form.language.as_ref(), form.words, segments)).into_response()
        }
    })
}

async fn read_form(shared: &Shared, request: Request) -> Result<Form, Refusal> {
    let most = shared.service.limits.body_bytes;
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(Refusal::Large { most });
    }
    let multipart = Multipart::from_request(request, &()).await;
    let mut multipart = multipart.map_err(|_| Refusal::MediaType("multipart/form-data"))?;
    let unread = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::Large { most },
        _ => Refusal::Form,
    };
    let mut form = Form::default();
    let mut parts = 0;
    while let Some(part) = multipart.next_field().await.map_err(unread)? {
        parts += 1;
        if parts > PARTS {
            return Err(Refusal::Form);
        }
        let name = part.name().unwrap_or("").to_owned();
        match name.as_str() {
            "file" => form.file = Some(part.bytes().await.map_err(unread)?),
            "model" => form.model = Some(text_of(part, "model", unread).await?),
            "language" => {
                let tag = text_of(part, "language", unread).await?;
                let fine = (2..=35).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                if !fine {
                    return Err(Refusal::field("language", "must be a language's code, such as en"));
                }
                form.language = Some(Language::new(tag.to_ascii_lowercase()));
            }
            "prompt" => form.prompt = Some(text_of(part, "prompt", unread).await?),
            "response_format" => {
                form.format = match text_of(part, "response_format", unread).await?.as_str() {
                    "json" => Format::Json,
                    "text" => Format::Text,
                    "verbose_json" => Format::Verbose,
                    "srt" => Format::Srt,
                    "vtt" => Format::Vtt,
                    _ => return Err(Refusal::field("response_format", "must be json, text, verbose_json, srt or vtt")),
                }
            }
            "timestamp_granularities[]" | "timestamp_granularities" => {
                match text_of(part, "timestamp_granularities", unread).await?.as_str() {
                    "word" => form.words = true,
                    "segment" => form.segments = true,
                    _ => return Err(Refusal::field("timestamp_granularities", "must be word or segment")),
                }
            }
            "temperature" => {
                let number = text_of(part, "temperature", unread).await?.trim().parse::<f64>();
                if !number.is_ok_and(|number| (0.0..=1.0).contains(&number)) {
                    return Err(Refusal::field("temperature", "must be a number from 0 to 1"));
                }
            }
            "stream" => {
                if text_of(part, "stream", unread).await?.eq_ignore_ascii_case("true") {
                    return Err(Refusal::unsupported("stream", "must be false: a transcript comes whole"));
                }
            }
            // Read to its end, and passed over.
            _ => drop(part.bytes().await.map_err(unread)?),
        }
    }
    Ok(form)
}

async fn text_of(
    part: Field<'_>,
    name: &'static str,
    unread: impl Fn(MultipartError) -> Refusal,
) -> Result<String, Refusal> {
    let bytes = part.bytes().await.map_err(unread)?;
    String::from_utf8(bytes.into()).map_err(|_| Refusal::field(name, "must be UTF-8"))
}

/// The text as one string, a line for each stretch of speech.
fn text(transcript: &Transcript) -> String {
    transcript.to_text().trim_end().to_owned()
}

fn usage(transcript: &Transcript) -> Value {
    json!({"type": "duration", "seconds": transcript.duration.0.max(0.0).ceil()})
}

fn verbose(transcript: &Transcript, asked: Option<&Language>, words: bool, segments: bool) -> Value {
    let heard = transcript.segments.first().map(|segment| &segment.language).or(asked);
    let mut value = json!({
        "task": "transcribe",
        // Where nobody speaks, there is no language: `und`, as BCP 47 has it.
        "language": heard.map_or("und", Language::tag),
        "duration": transcript.duration.0,
        "text": text(transcript),
        "usage": usage(transcript),
    });
    if segments {
        // Clients with fixed types want the fields of OpenAI's first model, which others have no values for.
        let segment = |(id, segment): (usize, &Segment)| {
            json!({
                "id": id,
                "seek": 0,
                "start": segment.start.0,
                "end": segment.end.0,
                "text": segment.text,
                "tokens": [],
                "temperature": 0.0,
                "avg_logprob": finite(segment.mean_log_probability),
                "compression_ratio": 1.0,
                "no_speech_prob": finite(segment.no_speech),
            })
        };
        value["segments"] = transcript.segments.iter().enumerate().map(segment).collect();
    }
    if words {
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        value["words"] =
            words.map(|word| json!({"word": word.text, "start": word.start.0, "end": word.end.0})).collect();
    }
    value
}

/// JSON has no infinities; clients want a number.
fn finite(number: f32) -> f32 {
    if number.is_finite() { number } else { -9999.0 }
}

pub(crate) async fn speak(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = read_json(&shared, request).await?;
    let fields = Fields::root(&body);
    let name = fields.need("model", fields.text("model")?)?;
    let service = &shared.service;
    let speaker = models::named(service, service.speak.as_ref(), |s| &s.name, name, "does not speak")?;
    caller.asks(&speaker.name);
    let text = fields.need("input", fields.text("input")?)?;
    if text.trim().is_empty() {
        return Err(Refusal::field("input", "must not be empty"));
    }
    if text.chars().count() > LETTERS {
        return Err(Refusal::field("input", format!("must not have more than {LETTERS} letters")));
    }
    let voice = match fields.get("voice") {
        Some(Value::Object(_)) => {
            let voice = fields.need("voice", fields.fields("voice")?)?;
            voice.need("id", voice.text("id")?)?
        }
        _ => fields.need("voice", fields.text("voice")?)?,
    };
    match fields.text("response_format")? {
        // Where nothing is said, OpenAI sends MP3; the head of the answer says that this is WAV.
        None | Some("wav") => {}
        Some("mp3" | "opus" | "aac" | "flac" | "pcm") => {
            return Err(Refusal::unsupported("response_format", "must be wav: speech comes in no other format"));
        }
        Some(_) => return Err(Refusal::field("response_format", "must be wav")),
    }
    if fields.text("stream_format")?.is_some_and(|format| format != "audio") {
        return Err(Refusal::unsupported("stream_format", "must be audio"));
    }
    let saying = (text.to_owned(), voice.to_owned(), fields.number("speed", 0.25..=4.0)?.unwrap_or(1.0) as f32);
    let say = Arc::clone(&speaker.say);
    let sound = shared.compute(move |gone| {
        let (text, voice, speed) = saying;
        say(&Saying { text, voice, speed, gone: gone.clone() })
    });
    let sound = sound.await?.map_err(|fault| {
        let param = if matches!(fault, SoundFault::Voice) { "voice" } else { "input" };
        Refusal::Sound { param, fault }
    })?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], sound).into_response())
}
