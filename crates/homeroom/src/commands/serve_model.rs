//! `homeroom serve-model`: the configured models behind OpenAI's HTTP interface.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use homeroom_audio::{AudioError, SoundFile, write_wav};
use homeroom_core::Waveform;
use homeroom_core::ability::Embed;
use homeroom_model::{Limits, read_private};
use homeroom_serve::{ApiKey, Embedder, Hearing, Saying, Served, Service, SoundFault, Speaker, Transcriber, serve};
use homeroom_transcribe::{Abilities, Transcript};

use super::transcribe::{languages, written};
use crate::{ear, llm, meaning, voice};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Models to serve: names of `homeroom model list` or `homeroom models`, or .gguf files [default: the one in use]
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// Address and port to listen on; beyond this machine only with --keys
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8399")]
    listen: SocketAddr,
    /// File with the keys that clients send, one a line: name, key, and where wanted requests a minute and tokens a day;
    /// nobody else may be able to read it
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Web pages that may ask from a browser, such as https://example.org
    #[arg(long, value_name = "ORIGIN")]
    origin: Vec<String>,
    /// Requests at the same time
    #[arg(long, value_name = "N")]
    concurrent: Option<usize>,
    /// Say nothing of each request
    #[arg(long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let mut service = Service::new(Arc::new(clock));
    service.keys = args.keys.as_deref().map(keys).transpose()?.unwrap_or_default();
    service.limits.origins.clone_from(&args.origin);
    if let Some(n) = args.concurrent {
        service.limits.concurrent = n.max(1);
    }
    let names: Vec<Option<&str>> =
        if args.models.is_empty() { vec![None] } else { args.models.iter().map(|m| Some(m.as_str())).collect() };
    for name in names {
        match llm::client(name, Limits { concurrency: service.limits.concurrent, ..Limits::default() }) {
            Ok(client) => service.models.push((client.name().to_owned(), client)),
            // Vectors, transcripts and speech need no language model.
            Err(error) if name.is_none() => eprintln!("homeroom: no language model is served: {error:#}"),
            Err(error) => return Err(error),
        }
    }
    if let Some(embed) = meaning::load() {
        service.embed = Some(Embedder { name: meaning::MODEL.to_owned(), ability: Arc::new(embed) as Arc<dyn Embed> });
    }
    if let Ok(ears) = ear::load(0) {
        let hear = move |bytes: &[u8], hearing: &Hearing| transcript(&ears, bytes, hearing);
        service.transcribe = Some(Transcriber { name: "whisper-base".to_owned(), hear: Arc::new(hear) });
    }
    if let Ok(folder) = super::models::store()?.folder(voice::MODEL) {
        let say = move |saying: &Saying| speech(&folder, saying);
        service.speak = Some(Speaker { name: voice::MODEL.to_owned(), say: Arc::new(say) });
    }
    if service.models.is_empty() && service.embed.is_none() && service.transcribe.is_none() && service.speak.is_none() {
        bail!("there is nothing to serve: `homeroom pull starter`, or `homeroom model add`");
    }
    if !args.quiet {
        service.observer = Some(Arc::new(log));
    }
    let served: Vec<&str> = service
        .models
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(service.embed.iter().map(|e| e.name.as_str()))
        .chain(service.transcribe.iter().map(|t| t.name.as_str()))
        .chain(service.speak.iter().map(|s| s.name.as_str()))
        .collect();
    let served = served.join(", ");
    let runtime = llm::runtime()?;
    runtime.block_on(async {
        let listener =
            tokio::net::TcpListener::bind(args.listen).await.with_context(|| format!("listen on {}", args.listen))?;
        let address = listener.local_addr().context("find the address")?;
        eprintln!("{served} at http://{address}/v1; Ctrl-C stops.");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let mut stop = Some(stop);
        ctrlc::set_handler(move || {
            if let Some(stop) = stop.take() {
                let _ = stop.send(());
            }
        })
        .context("watch for Ctrl-C")?;
        let until = async {
            let _ = stopped.await;
        };
        serve(listener, service, until).await.context("serve")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A line for each request; nothing of what was asked stands in it.
fn log(served: &Served) {
    let status = served.status.map_or_else(|| "gone".to_owned(), |s| s.to_string());
    let model = served.model.as_deref().unwrap_or("-");
    let key = served.key.as_deref().unwrap_or("-");
    let cause = served.cause.as_deref().map_or_else(String::new, |c| format!(" {c}"));
    eprintln!("{} {} {status} {model} {key}{cause}", super::now(), served.endpoint);
}

/// Keys from a file that only its owner can read.
fn keys(path: &Path) -> Result<Vec<ApiKey>> {
    let text = read_private(path)?;
    let mut keys = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = || format!("{} line {}", path.display(), i + 1);
        let mut parts = line.split_whitespace();
        let (Some(name), Some(secret)) = (parts.next(), parts.next()) else {
            bail!("{}: a name and a key are wanted", at());
        };
        let mut key = ApiKey::new(name, secret).with_context(at)?;
        if let Some(n) = parts.next() {
            key = key.per_minute(n.parse().with_context(at)?);
        }
        if let Some(n) = parts.next() {
            key = key.per_day(n.parse().with_context(at)?);
        }
        keys.push(key);
    }
    if keys.is_empty() {
        bail!("{} holds no key", path.display());
    }
    Ok(keys)
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SoundFault {
    SoundFault::Failed(error.into())
}

/// What is said in the bytes of a sound file.
fn transcript(ears: &ear::Ears, bytes: &[u8], hearing: &Hearing) -> Result<Transcript, SoundFault> {
    let wanted = match hearing.language.as_ref().map(homeroom_core::Language::tag) {
        None => "auto",
        Some("en") => "en",
        Some("zh") => "zh",
        Some(_) => return Err(SoundFault::Language),
    };
    let mut file = SoundFile::from_bytes(bytes.to_vec()).map_err(|_| SoundFault::Unreadable)?;
    let abilities = Abilities::new(&ears.vad, &ears.whisper, languages(wanted)).map_err(failed)?;
    let told = |_| if hearing.gone.is() { Err(anyhow::anyhow!("nobody waits any more")) } else { Ok(()) };
    written(&mut file, &abilities, told).map_err(|error| match error.downcast_ref() {
        Some(AudioError::Resample(_)) | None => failed(error),
        Some(_) => SoundFault::Unreadable,
    })
}

/// A text as the bytes of a WAV file.
fn speech(folder: &Path, saying: &Saying) -> Result<Vec<u8>, SoundFault> {
    // OpenAI's names of voices stand for the usual one.
    let theirs = ["alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse"];
    let name = Some(saying.voice.as_str()).filter(|v| !v.is_empty() && !theirs.contains(v));
    let info = voice::find(folder, name).map_err(|_| SoundFault::Voice)?;
    let speaker = voice::load(folder, &info, info.accent).map_err(failed)?;
    let mut samples = Vec::new();
    for piece in speaker.stream(&saying.text, saying.speed).map_err(failed)? {
        if saying.gone.is() {
            return Err(failed("nobody waits any more"));
        }
        samples.extend(piece.map_err(failed)?.sound.samples);
    }
    let mut file = Cursor::new(Vec::new());
    write_wav(&Waveform { samples, rate: speaker.rate() }, &mut file).map_err(failed)?;
    Ok(file.into_inner())
}
