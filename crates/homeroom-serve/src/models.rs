//! `GET /v1/models` and `GET /v1/models/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::Service;
use crate::gate::Shared;
use crate::refusal::Refusal;

/// The names of all that can be asked.
pub(crate) fn all(service: &Service) -> impl Iterator<Item = &str> {
    let models = service.models.iter().map(|(name, _)| name.as_str());
    let embed = service.embed.as_ref().map(|e| e.name.as_str());
    let transcribe = service.transcribe.as_ref().map(|t| t.name.as_str());
    models.chain(embed).chain(transcribe).chain(service.speak.as_ref().map(|s| s.name.as_str()))
}

/// The one that is asked for by `name`; a refusal where there is none, or another, which `cannot` do this.
pub(crate) fn named<'a, T>(
    service: &Service,
    one: Option<&'a T>,
    its_name: impl Fn(&T) -> &str,
    name: &str,
    cannot: &'static str,
) -> Result<&'a T, Refusal> {
    one.filter(|one| its_name(one) == name).ok_or_else(|| {
        if all(service).any(|known| known == name) { Refusal::OtherModel(cannot) } else { Refusal::NoModel }
    })
}

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let data: Vec<Value> = all(&shared.service).map(|name| model(&shared, name)).collect();
    Json(json!({"object": "list", "data": data}))
}

pub(crate) async fn one(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    // An address that is no UTF-8 names no model.
    let Path(id) = id.map_err(|_| Refusal::NoModel)?;
    if all(&shared.service).any(|name| name == id) { Ok(Json(model(&shared, &id))) } else { Err(Refusal::NoModel) }
}

fn model(shared: &Shared, name: &str) -> Value {
    json!({"id": name, "object": "model", "created": shared.since, "owned_by": "homeroom"})
}
