//! Everything that a client can be told instead of an answer, in OpenAI's shape.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use homeroom_core::ability::AbilityError;
use homeroom_model::{ModelError, StructuredError, Unfit};
use serde_json::{Value, json};

use crate::SoundFault;

/// How long a client is told to wait where nobody knows how long it takes.
const A_MOMENT: Duration = Duration::from_secs(1);
const A_WHILE: Duration = Duration::from_secs(10);

/// Why a request is not answered.
///
/// Its text is what the client reads. Nothing that a client or a provider said stands in it: at most the name of a field that
/// this interface has, a number of this service's configuration, and the name of a model of that configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a key is needed: send it as `Authorization: Bearer KEY`")]
    NoKey,
    #[error("the key is not known here")]
    WrongKey,
    #[error("this service does not answer requests of that web page: its origin is not among those that are allowed")]
    Origin,
    #[error("this service is only for this machine: ask it as localhost or by its loopback address")]
    Host,
    #[error("there is nothing at this address")]
    NoRoute,
    #[error("this address does not take this method")]
    Method,
    #[error("there is no such model: GET /v1/models lists those that there are")]
    NoModel,
    #[error("this model {0}")]
    OtherModel(&'static str),
    #[error("the request must be sent as {0}, and not compressed")]
    MediaType(&'static str),
    #[error("the request is larger than {most} bytes")]
    Large { most: usize },
    #[error("the request ended before it was complete")]
    Cut,
    #[error("the request is not valid UTF-8")]
    NotUtf8,
    #[error("the request is not valid JSON: line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    #[error("the form's parts cannot be read")]
    Form,
    #[error("`{param}` {what}")]
    Field { param: String, what: Cow<'static, str> },
    #[error("`{param}` {what}")]
    Unsupported { param: String, what: &'static str },
    #[error("this key may ask {most} times a minute")]
    Often { most: u32, wait: Duration },
    #[error("this key has used up its {most} tokens of today")]
    Tokens { most: u64, wait: Duration },
    #[error("too many requests are under way")]
    Full,
    #[error("the answer took longer than {} seconds", .0.as_secs())]
    Slow(Duration),
    #[error("something went wrong in the service")]
    Panicked,
    #[error("{}", told_of(.0))]
    Model(#[from] ModelError),
    #[error("the model's answer does not have the shape of the schema, although it was asked again")]
    Shape { tries: usize },
    #[error("the model failed")]
    Ability(#[from] AbilityError),
    #[error("{fault}")]
    Sound { param: &'static str, fault: SoundFault },
}

impl Refusal {
    /// A field whose value is not what it must be.
    pub(crate) fn field(param: impl Into<String>, what: impl Into<Cow<'static, str>>) -> Self {
        Self::Field { param: param.into(), what: what.into() }
    }

    /// A field whose value OpenAI takes and this service does not.
    pub(crate) fn unsupported(param: impl Into<String>, what: &'static str) -> Self {
        Self::Unsupported { param: param.into(), what }
    }

    /// HTTP status, OpenAI's type of error, its code, the field, and how long to wait.
    fn terms(&self) -> Terms<'_> {
        let terms = Terms::new;
        match self {
            Self::NoKey | Self::WrongKey => terms(401, INVALID, "invalid_api_key"),
            Self::Origin => terms(403, INVALID, "origin_not_allowed"),
            Self::Host => terms(403, INVALID, "host_not_allowed"),
            Self::NoRoute => terms(404, INVALID, "not_found"),
            Self::Method => terms(405, INVALID, "method_not_allowed"),
            Self::NoModel => terms(404, INVALID, "model_not_found").at("model"),
            Self::OtherModel(_) => terms(400, INVALID, "unsupported_model").at("model"),
            Self::MediaType(_) => terms(415, INVALID, "unsupported_media_type"),
            Self::Large { .. } => terms(413, INVALID, "request_too_large"),
            Self::Cut | Self::NotUtf8 | Self::NotJson { .. } | Self::Form => terms(400, INVALID, "invalid_body"),
            Self::Field { param, .. } => terms(400, INVALID, "invalid_value").at(param),
            Self::Unsupported { param, .. } => terms(400, INVALID, "unsupported_value").at(param),
            Self::Often { wait, .. } => terms(429, RATE, "rate_limit_exceeded").after(*wait),
            Self::Tokens { wait, .. } => terms(429, QUOTA, "insufficient_quota").after(*wait),
            Self::Full => terms(503, SERVER, "overloaded").after(A_MOMENT),
            Self::Slow(_) => terms(504, SERVER, "timeout"),
            Self::Panicked => terms(500, SERVER, "internal_error"),
            Self::Model(error) => of_model(error),
            Self::Shape { .. } => terms(502, SERVER, "schema_not_kept"),
            Self::Ability(_) => terms(500, SERVER, "model_failed"),
            Self::Sound { param, fault } => match fault {
                SoundFault::Failed(_) => terms(500, SERVER, "model_failed"),
                _ => terms(400, INVALID, "invalid_value").at(param),
            },
        }
    }

    /// The error as it is sent.
    pub(crate) fn body(&self) -> Value {
        let terms = self.terms();
        json!({"error": {"message": self.to_string(), "type": terms.kind, "param": terms.param, "code": terms.code}})
    }

    /// The code that is sent, and what lies behind it for those who look after the service.
    pub(crate) fn trace(&self) -> Trace {
        let cause = match self {
            Self::Model(error) => Some(error.to_string()),
            Self::Shape { tries } => Some(format!("asked {tries} times")),
            Self::Ability(AbilityError::Damaged { model, .. } | AbilityError::Failed { model, .. }) => {
                Some(format!("the model `{model}` failed"))
            }
            _ => None,
        };
        Trace { code: self.terms().code, cause }
    }
}

impl From<StructuredError> for Refusal {
    fn from(error: StructuredError) -> Self {
        match error {
            StructuredError::Model(error) => Self::Model(error),
            StructuredError::Shape { tries, .. } => Self::Shape { tries },
            // Schemas of clients are checked before anybody is asked.
            StructuredError::Schema => Self::Shape { tries: 0 },
        }
    }
}

/// What an observer is told of a refusal; it travels with the response.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) code: &'static str,
    pub(crate) cause: Option<String>,
}

const INVALID: &str = "invalid_request_error";
const RATE: &str = "rate_limit_error";
const QUOTA: &str = "insufficient_quota";
const SERVER: &str = "server_error";

struct Terms<'a> {
    status: u16,
    kind: &'static str,
    code: &'static str,
    param: Option<&'a str>,
    wait: Option<Duration>,
}

impl<'a> Terms<'a> {
    fn new(status: u16, kind: &'static str, code: &'static str) -> Self {
        Self { status, kind, code, param: None, wait: None }
    }

    fn at(self, param: &'a str) -> Self {
        Self { param: Some(param), ..self }
    }

    fn after(self, wait: Duration) -> Self {
        Self { wait: Some(wait), ..self }
    }
}

/// A provider's refusal is told by kind only: its words may quote the prompt, and its key and quota are no client's business.
fn of_model(error: &ModelError) -> Terms<'static> {
    let terms = Terms::new;
    match error {
        ModelError::Unfit(Unfit::Small { .. }) => terms(400, INVALID, "context_length_exceeded").at("messages"),
        ModelError::Unfit(Unfit::Unable { .. }) => terms(400, INVALID, "unsupported_model").at("model"),
        ModelError::Refused { status: 400 | 413 | 415 | 422, .. } => terms(400, INVALID, "model_refused"),
        ModelError::Refused { status: 429 | 503 | 529, retry_after, .. } => {
            terms(503, SERVER, "model_busy").after(retry_after.unwrap_or(A_WHILE))
        }
        ModelError::Resting { wait, .. } => terms(503, SERVER, "model_unavailable").after(*wait),
        ModelError::Spent { .. } => terms(429, QUOTA, "insufficient_quota"),
        ModelError::Stalled(_) | ModelError::Slow(_) => terms(504, SERVER, "timeout"),
        ModelError::Embedded { .. } => terms(500, SERVER, "model_failed"),
        ModelError::Unreachable { .. }
        | ModelError::Refused { .. }
        | ModelError::Redirected { .. }
        | ModelError::Huge { .. }
        | ModelError::Garbled { .. }
        | ModelError::Cut
        | ModelError::NotRecorded { .. } => terms(502, SERVER, "model_unavailable"),
    }
}

fn told_of(error: &ModelError) -> Cow<'static, str> {
    match error {
        ModelError::Unfit(unfit) => unfit.to_string().into(),
        ModelError::Refused { status: 400 | 413 | 415 | 422, .. } => {
            "the model's server does not take this request".into()
        }
        ModelError::Refused { status: 429 | 503 | 529, .. } => "the model's server is busy".into(),
        ModelError::Resting { .. } => "the model failed several times in a row and is left alone for a while".into(),
        ModelError::Spent { what, .. } => format!("the service has used up its {what}").into(),
        ModelError::Stalled(_) | ModelError::Slow(_) => "the model took too long".into(),
        ModelError::Embedded { .. } => "the model failed".into(),
        ModelError::Cut => "the model's answer was cut off".into(),
        ModelError::NotRecorded { .. } => "the recording holds no answer to this".into(),
        _ => "the model's server cannot be asked".into(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let terms = self.terms();
        let status = StatusCode::from_u16(terms.status).expect("invariant: the table holds HTTP statuses");
        let wait = terms.wait;
        let mut response = (status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = wait {
            // Rounded up: a client that comes as early as it was told must not come too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self.trace());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: ModelError, status: u16, code: &str, wait: Option<u64>) {
        let refusal = Refusal::Model(error);
        let body = refusal.body();
        assert_eq!(body["error"]["code"], code);
        let text = body.to_string();
        assert!(!text.contains("secret") && !text.contains("internal.example"), "{text}");
        let response = refusal.into_response();
        assert_eq!(response.status().as_u16(), status);
        let told = response.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().parse::<u64>().unwrap());
        assert_eq!(told, wait);
    }

    fn refused(status: u16, retry_after: Option<u64>) -> ModelError {
        let retry_after = retry_after.map(Duration::from_secs);
        ModelError::Refused {
            status,
            code: Some("secret".into()),
            retry_after,
            detail: homeroom_model::Detail::default(),
        }
    }

    #[test]
    fn what_ails_a_model_is_told_by_kind() {
        check(refused(401, None), 502, "model_unavailable", None);
        check(refused(400, None), 400, "model_refused", None);
        check(refused(429, Some(7)), 503, "model_busy", Some(7));
        check(refused(500, None), 502, "model_unavailable", None);
        check(ModelError::Unreachable { host: "internal.example:1".into() }, 502, "model_unavailable", None);
        check(ModelError::Stalled(Duration::from_secs(3)), 504, "timeout", None);
        check(ModelError::Embedded { what: "secret".into() }, 500, "model_failed", None);
        check(
            ModelError::Resting { model: "internal.example".into(), failures: 5, wait: Duration::from_millis(2500) },
            503,
            "model_unavailable",
            Some(3),
        );
        check(ModelError::Spent { what: "money", limit: "secret".into() }, 429, "insufficient_quota", None);
    }
}
