//! Records what a model answers, and answers from a recording.
//!
//! A recording is a file of lines of JSON: a hash of the request, the request, and the events of its answer. It holds what was
//! asked, pupils' words among it, so only its owner may read it; a key never stands in it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::provider::unable;
use crate::{Chat, ChatRequest, ConfigError, Entry, Event, Events, Facts, ModelError, Provider};

/// One line of a recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    hash: String,
    request: ChatRequest,
    events: Vec<Event>,
}

/// By which a request is found again.
fn hash(request: &ChatRequest) -> String {
    let text = serde_json::to_string(request).expect("invariant: a request can be written");
    Sha256::digest(text).iter().take(12).map(|b| format!("{b:02x}")).collect()
}

/// Asks another provider, and writes down what it answers.
pub struct Recorder {
    inner: Arc<dyn Provider>,
    file: Arc<Mutex<File>>,
}

impl Recorder {
    /// Records what `inner` answers at the end of the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError::Recording`] where it can't be written.
    pub fn new(inner: Arc<dyn Provider>, path: &Path) -> Result<Self, ConfigError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| ConfigError::Recording { path: path.to_owned(), source })?;
        Ok(Self { inner, file: Arc::new(Mutex::new(file)) })
    }
}

impl Provider for Recorder {
    fn facts(&self) -> Facts {
        self.inner.facts()
    }

    fn chat(&self) -> Option<&dyn Chat> {
        self.inner.chat().map(|_| self as &dyn Chat)
    }
}

impl Chat for Recorder {
    fn chat(&self, request: Arc<ChatRequest>) -> Events {
        let Some(chat) = self.inner.chat() else {
            return Box::pin(futures::stream::iter([Err(unable("the model", "does not talk"))]));
        };
        let mut events = chat.chat(Arc::clone(&request));
        let file = Arc::clone(&self.file);
        Box::pin(async_stream::try_stream! {
            let mut heard = Vec::new();
            while let Some(event) = events.next().await {
                let event = event?;
                heard.push(event.clone());
                if matches!(event, Event::End(_)) {
                    let line = Line { hash: hash(&request), request: (*request).clone(), events: std::mem::take(&mut heard) };
                    let mut text = serde_json::to_string(&line).expect("invariant: a recording can be written");
                    text.push('\n');
                    // A full disk must not take the answer away.
                    let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
                }
                yield event;
            }
        })
    }
}

/// Answers from a recording. A request that was recorded several times gets its answers in turn, then the last again.
#[derive(Debug)]
pub struct Replay {
    answers: HashMap<String, Vec<Vec<Event>>>,
    given: Mutex<HashMap<String, usize>>,
}

impl Replay {
    /// Reads the recording at `path`. A line that was cut off is passed over.
    ///
    /// # Errors
    /// [`ConfigError::Recording`] where it can't be read.
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        let unread = |source| ConfigError::Recording { path: path.to_owned(), source };
        let mut answers: HashMap<String, Vec<Vec<Event>>> = HashMap::new();
        for line in BufReader::new(File::open(path).map_err(unread)?).lines() {
            if let Ok(line) = serde_json::from_str::<Line>(&line.map_err(unread)?) {
                answers.entry(hash(&line.request)).or_default().push(line.events);
            }
        }
        Ok(Self { answers, given: Mutex::default() })
    }
}

pub(crate) fn make(entry: &Entry, _facts: Facts) -> Result<Arc<dyn Provider>, ConfigError> {
    let path = entry.model.as_ref().map(PathBuf::from);
    let path = path.ok_or(ConfigError::Missing { model: entry.name.clone(), what: "model (the recording's file)" })?;
    Ok(Arc::new(Replay::open(&path)?))
}

impl Provider for Replay {
    fn facts(&self) -> Facts {
        Facts { local: true, ..Facts::default() }
    }

    fn chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }
}

impl Chat for Replay {
    fn chat(&self, request: Arc<ChatRequest>) -> Events {
        let hash = hash(&request);
        let events = self.answers.get(&hash).map(|answers| {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            let place = given.entry(hash.clone()).or_default();
            let events = answers[(*place).min(answers.len() - 1)].clone();
            *place += 1;
            events
        });
        match events {
            Some(events) => Box::pin(futures::stream::iter(events.into_iter().map(Ok))),
            None => Box::pin(futures::stream::iter([Err(ModelError::NotRecorded { hash })])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::stub::Stub;
    use crate::{Message, gather};

    #[tokio::test]
    async fn what_is_recorded_is_replayed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording.jsonl");
        let request = Arc::new(ChatRequest::new(vec![Message::user("Hi")], 10));
        let recorder = Recorder::new(Arc::new(Stub::saying("Hello")), &path).unwrap();
        let first = gather(Chat::chat(&recorder, Arc::clone(&request)), |_| {}).await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // A line that was cut off is no harm.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"hash\": \"x").unwrap();
        let replay = Replay::open(&path).unwrap();
        for _ in 0..2 {
            assert_eq!(gather(Chat::chat(&replay, Arc::clone(&request)), |_| {}).await.unwrap(), first);
        }
        let other = Arc::new(ChatRequest::new(vec![Message::user("Ho")], 10));
        let error = gather(Chat::chat(&replay, other), |_| {}).await.unwrap_err();
        assert!(matches!(error, ModelError::NotRecorded { .. }));
    }
}
