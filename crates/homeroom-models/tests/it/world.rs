//! What the tests share: a server, a store, wheels, and what a pull said.

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use homeroom_models::{Catalogue, Had, ModelsError, Sources, Store, Watch, pull};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Bytes that look like weights: no two blocks are the same.
pub(crate) fn weights(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// An entry of a catalogue with these `[[model.file]]` tables and whatever else belongs to the model.
pub(crate) fn model(name: &str, rest: &str) -> String {
    format!(
        "[[model]]\nname = \"{name}\"\ntitle = \"T\"\njob = \"embed\"\nadds = \"makes tests pass\"\nused_by = [\"mark\"]\n\
         languages = [\"en\"]\nlicence = \"MIT\"\ncopyright = \"Copyright (c) T\"\nmade_by = \"M\"\nmirrored_by = \"P\"\n\
         homepage = \"https://example.org\"\nmemory_mb = 1\n{rest}\n"
    )
}

/// A `[[model.file]]` table.
pub(crate) fn file(name: &str, bytes: &[u8], sources: &str) -> String {
    format!("[[model.file]]\nname = \"{name}\"\nsize = {}\nsha256 = \"{}\"\n{sources}\n", bytes.len(), sha256(bytes))
}

pub(crate) const HUB: &str = r#"hub = { repo = "o/m", revision = "r", path = "model.bin" }"#;
/// The path under which a hub has what [`HUB`] names.
pub(crate) const HUB_PATH: &str = "/o/m/resolve/r/model.bin";

pub(crate) fn catalogue(models: &[String]) -> &'static Catalogue {
    let text = format!("hubs = []\n[bundles]\n{}", models.concat());
    Box::leak(Box::new(Catalogue::parse(&text).unwrap()))
}

/// A store in a folder of its own, with what a pull into it said.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) said: Said,
}

impl World {
    pub(crate) fn new(models: &[String]) -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::with_catalogue(dir.path().join("store"), catalogue(models));
        Self { dir, store, said: Said::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Pulls one model.
    pub(crate) fn pull(&self, name: &str, sources: &Sources) -> Result<Had, ModelsError> {
        self.pull_again(name, sources, false)
    }

    pub(crate) fn pull_again(&self, name: &str, sources: &Sources, again: bool) -> Result<Had, ModelsError> {
        let mut pulled = pull(&self.store, &[name.to_owned()], sources, again, &self.said)?;
        assert_eq!(pulled.len(), 1);
        pulled.remove(0).result
    }

    /// The model is there, as the catalogue says, and nothing that helped to make it is left.
    #[track_caller]
    pub(crate) fn check_whole(&self, name: &str, stored: &[(&str, &[u8])]) {
        let folder = self.store.folder(name).unwrap();
        for (file, bytes) in stored {
            assert!(fs::read(folder.join(file)).unwrap() == *bytes, "{file}");
        }
        self.store.verify(name).unwrap();
        assert_eq!(self.left(), [".lock", name]);
    }

    /// Names in the store's folder, sorted.
    pub(crate) fn left(&self) -> Vec<String> {
        names_in(self.store.root())
    }

    /// The record of where a model's files came from.
    pub(crate) fn record(&self, name: &str) -> String {
        fs::read_to_string(self.store.root().join(name).join("model.json")).unwrap()
    }
}

pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Only these hubs.
pub(crate) fn hubs(hubs: &[&Server]) -> Sources {
    Sources { hubs: hubs.iter().map(|s| s.url.clone()).collect(), ..nowhere() }
}

pub(crate) fn nowhere() -> Sources {
    Sources { hubs: Vec::new(), urls: false, proxies: false, pips: Vec::new(), folder: None }
}

#[derive(Default)]
pub(crate) struct Said(Mutex<Vec<String>>);

impl Said {
    pub(crate) fn notes(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Watch for Said {
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// What a server answers.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Closes the connection after so many bytes of the body.
    pub(crate) cut: Option<usize>,
    /// `Content-Range`.
    pub(crate) range: Option<String>,
}

impl Reply {
    pub(crate) fn whole(body: &[u8]) -> Self {
        Self { status: 200, body: body.to_vec(), cut: None, range: None }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::whole(b"no") }
    }

    /// What is asked for: all, or from an offset on.
    pub(crate) fn asked(body: &[u8], from: Option<usize>) -> Self {
        let Some(from) = from else { return Self::whole(body) };
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        Self { status: 206, range: Some(range), ..Self::whole(&body[from..]) }
    }

    pub(crate) fn cut(self, after: usize) -> Self {
        Self { cut: Some(after), ..self }
    }
}

/// A request: its path, and the offset that its range begins at.
pub(crate) type Request = (String, Option<usize>);

/// A server on this machine. It lives as long as the test program.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `answer`: to the request with this number, from 0.
    pub(crate) fn new(answer: impl Fn(usize, &Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(stream, &seen, &answer);
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &impl Fn(usize, &Request) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap()?;
    let mut request = (first.split(' ').nth(1).unwrap().to_owned(), None);
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.to_lowercase().strip_prefix("range: bytes=") {
            request.1 = range.trim_end_matches('-').parse().ok();
        }
    }
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let reply = answer(number, &request);
    let range = reply.range.map_or(String::new(), |r| format!("Content-Range: {r}\r\n"));
    let length = reply.body.len();
    write!(stream, "HTTP/1.1 {} X\r\nContent-Length: {length}\r\n{range}Connection: close\r\n\r\n", reply.status)?;
    stream.write_all(&reply.body[..reply.cut.unwrap_or(length)])
}

/// A zip archive.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
