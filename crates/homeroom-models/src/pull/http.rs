use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::fault::{Fault, Here, here};
use super::{Stage, Watch};
use crate::File;
use crate::store::sha256_of;

/// How long a host may take to be reached; a blocked one should not hold anybody up.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a host may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// How often a cut-off file is gone on with at the same place, if each time brings something.
const RESUMES: u32 = 5;
/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// Fetches files by HTTP. Hosts that cannot be reached are not asked again.
pub(crate) struct Http {
    agent: Agent,
    dead: BTreeSet<String>,
}

impl Http {
    pub(crate) fn new(proxies: bool) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // The system's certificates: a school's own proxy may have put one there.
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(if proxies { Proxy::try_from_env() } else { None })
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self { agent, dead: BTreeSet::new() }
    }

    /// Brings a file to `got`, going on from `got` + `.part` where an earlier attempt was cut off.
    pub(crate) fn fetch(
        &mut self,
        url: &str,
        file: &File,
        got: &Path,
        what: &str,
        watch: &dyn Watch,
    ) -> Result<(), Fault> {
        let dead = host(url).to_owned();
        if self.dead.contains(&dead) {
            return Err(Fault::KnownDead);
        }
        let part = part_of(got);
        let stage = Stage::new(watch, what, file.size);
        let mut resumes = 0;
        // What another place has begun may be of another file: then this place is asked for the whole.
        let mut inherited = length(&part) > 0;
        loop {
            let before = length(&part);
            stage.advance(before.min(file.size));
            match self.go_on(url, file, &part, &stage) {
                Ok(()) => {}
                Err(Fault::Cut { .. }) if length(&part) > before && resumes < RESUMES => {
                    resumes += 1;
                    watch.start(what, file.size);
                    continue;
                }
                Err(fault) => {
                    if matches!(fault, Fault::Connect(_)) {
                        self.dead.insert(dead);
                    }
                    return Err(fault);
                }
            }
            if fs::File::open(&part).and_then(sha256_of).map_err(here("read", &part)).map_err(Fault::Here)?
                == file.sha256
            {
                return fs::rename(&part, got).map_err(here("rename", &part)).map_err(Fault::Here);
            }
            fs::remove_file(&part).map_err(here("remove", &part)).map_err(Fault::Here)?;
            if !inherited {
                return Err(Fault::WrongHash);
            }
            inherited = false;
            watch.start(what, file.size);
        }
    }

    /// Asks for what is missing of the part and adds it.
    fn go_on(&self, url: &str, file: &File, part: &Path, stage: &Stage<'_>) -> Result<(), Fault> {
        let have = length(part);
        if have == file.size {
            return Ok(());
        }
        let have = if have > file.size { 0 } else { have };
        let mut request = self.agent.get(url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let mut response = request.call().map_err(|e| Fault::Connect(e.to_string()))?;
        let field = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
        let append = match response.status() {
            StatusCode::OK => false,
            StatusCode::PARTIAL_CONTENT => {
                let starts = field(header::CONTENT_RANGE)
                    .and_then(|v| v.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
                if starts != Some(have) {
                    return Err(Fault::Status(StatusCode::PARTIAL_CONTENT.as_u16()));
                }
                true
            }
            status => return Err(Fault::Status(status.as_u16())),
        };
        // A page that asks to sign in, say: what was fetched before is worth more.
        let announced: Option<u64> = field(header::CONTENT_LENGTH).and_then(|v| v.parse().ok());
        let missing = if append { file.size - have } else { file.size };
        if let Some(announced) = announced.filter(|n| *n != missing) {
            return Err(Fault::WrongSize { got: file.size - missing + announced, size: file.size });
        }
        let write = |needed| move |e| Fault::Here(Here::of("write", part).needing(needed)(e));
        let out = OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(part);
        let mut out = out.map_err(write(missing))?;
        let mut total = if append { have } else { 0 };
        let mut body = response.body_mut().as_reader();
        let mut block = vec![0; BLOCK];
        while total < file.size {
            let read = match body.read(&mut block) {
                Ok(0) => return Err(Fault::Cut { got: total, size: file.size }),
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(Fault::Cut { got: total, size: file.size }),
            };
            let read = read.min(usize::try_from(file.size - total).unwrap_or(read));
            out.write_all(&block[..read]).map_err(write(file.size - total))?;
            total += read as u64;
            stage.advance(read as u64);
        }
        Ok(())
    }
}

/// Where the beginning of a file is kept.
fn part_of(got: &Path) -> PathBuf {
    got.with_extension("part")
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

/// The host of a URL, with its port.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
