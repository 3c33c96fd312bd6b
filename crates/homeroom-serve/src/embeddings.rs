//! `POST /v1/embeddings`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homeroom_core::ability::AbilityError;
use homeroom_model::{Usage, rough_tokens};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::gate::{Caller, Shared, read_json};
use crate::models;
use crate::refusal::Refusal;

/// Most texts of a request, as with OpenAI.
const TEXTS: usize = 2048;

/// Texts that are made into vectors at once; between them it is seen whether anybody waits yet.
const AT_ONCE: usize = 16;

pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = read_json(&shared, request).await?;
    let fields = Fields::root(&body);
    let name = fields.need("model", fields.text("model")?)?;
    let service = &shared.service;
    let embedder = models::named(service, service.embed.as_ref(), |e| &e.name, name, "makes no vectors")?;
    caller.asks(&embedder.name);
    let texts = texts(&fields)?;
    let base64 = match fields.text("encoding_format")? {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(Refusal::field("encoding_format", "must be float or base64")),
    };
    let dimensions = fields.whole("dimensions", 1..=1 << 20)?;
    let tokens = texts.iter().map(|text| rough_tokens(text)).sum();
    let mut spending = caller.spend(&shared, tokens, 0)?;
    let n_texts = texts.len();
    let ability = Arc::clone(&embedder.ability);
    let vectors = shared.compute(move |gone| -> Result<Vec<Vec<f32>>, AbilityError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for some in texts.chunks(AT_ONCE) {
            if gone.is() {
                break;
            }
            vectors.extend(ability.embed(&some.iter().map(String::as_str).collect::<Vec<_>>())?);
        }
        Ok(vectors)
    });
    let vectors = match vectors.await.and_then(|vectors| Ok(vectors?)) {
        Ok(vectors) => vectors,
        Err(refusal) => {
            spending.was_nothing();
            return Err(refusal);
        }
    };
    if vectors.len() != n_texts {
        return Err(Refusal::Panicked);
    }
    let width = vectors.first().map_or(0, Vec::len);
    if dimensions.is_some_and(|wanted| usize::try_from(wanted) != Ok(width)) {
        // A vector that is cut short means something else, unless the model was made for it.
        return Err(Refusal::unsupported("dimensions", "must be the model's own number, or be left out"));
    }
    let usage = Usage { prompt_tokens: tokens, estimated: true, ..Usage::default() };
    caller.used(usage);
    let data: Vec<Value> = vectors.iter().enumerate().map(|(i, vector)| entry(i, vector, base64)).collect();
    Ok(Json(json!({
        "object": "list",
        "data": data,
        "model": embedder.name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }))
    .into_response())
}

fn texts(fields: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    let texts = match fields.need("input", fields.get("input"))? {
        Value::String(text) => vec![("input".to_owned(), text.clone())],
        Value::Array(_) => {
            let text = |(path, value): (String, &Value)| match value {
                Value::String(text) => Ok((path, text.clone())),
                Value::Number(_) | Value::Array(_) => {
                    Err(Refusal::unsupported(path, "must be a string, not numbers of tokens"))
                }
                _ => Err(Refusal::field(path, "must be a string")),
            };
            fields.list("input")?.unwrap_or_default().into_iter().map(text).collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(Refusal::field("input", "must be a string or a list of strings")),
    };
    if texts.is_empty() || texts.len() > TEXTS {
        return Err(Refusal::field("input", format!("must have 1 to {TEXTS} texts")));
    }
    if let Some((path, _)) = texts.iter().find(|(_, text)| text.is_empty()) {
        return Err(Refusal::field(path.clone(), "must not be empty"));
    }
    Ok(texts.into_iter().map(|(_, text)| text).collect())
}

fn entry(index: usize, vector: &[f32], base64: bool) -> Value {
    let embedding = if base64 {
        // Little-endian, whatever this machine is.
        let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        json!(STANDARD.encode(bytes))
    } else {
        json!(vector)
    };
    json!({"object": "embedding", "index": index, "embedding": embedding})
}
