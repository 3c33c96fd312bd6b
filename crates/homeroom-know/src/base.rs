use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use homeroom_core::Span;
use homeroom_core::ability::Embed;
use serde::{Deserialize, Serialize};
use tantivy::collector::{DocSetCollector, TopDocs};
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, META_LOCK, MmapDirectory};
use tantivy::query::TermQuery;
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

use crate::passage::{Passage, passages};
use crate::vectors::{self, Vectors};
use crate::words::{analyzer, is_english};
use crate::{Added, KnowError, Source, Stored};

/// Name of the analyser, which the schema of every base holds. Another number makes earlier bases an
/// [`KnowError::OtherVersion`]: raise it when the division into words or passages or the stored records change.
const FORMAT: &str = "homeroom-know-1";
/// Longest name of a source in bytes: names are terms of the index, which have a limit, and paths are shorter.
const LONGEST_NAME: usize = 4096;
/// Longest text in bytes. Spans of a base fit 32 bits with room to spare; a handbook has less than a hundredth of it.
const LONGEST_TEXT: usize = 64 << 20;
/// What the writer of the index may hold in memory before it writes, in bytes; tantivy wants 15 MB at least.
const WRITER_MEMORY: usize = 32 << 20;
/// How many passages are given to the model at once.
const BATCH: usize = 32;
/// Where tantivy lists its files.
const MANAGED: &str = ".managed.json";
/// What tells that a folder holds an index; its last change commits one.
const META: &str = "meta.json";
/// How often an index that another process is changing is looked at anew before it counts as damaged.
const LOOKS: usize = 3;

/// A model of meaning and its name.
///
/// Vectors of different models must not be compared, so that the name is stored with them: passages whose vectors are of
/// another model are found by their words only, until they are added again.
#[derive(Clone, Copy)]
pub struct Embedder<'a> {
    /// Name in the catalogue.
    pub name: &'a str,
    /// The model. It is taken to know English only.
    pub model: &'a dyn Embed,
}

/// What is stored with each passage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) span: Span,
    pub(crate) headings: Vec<String>,
}

/// The fields of the index. Everything is in there, so that one commit changes everything or nothing.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// A passage's and a source's name of the source.
    of: Field,
    /// The name, on the one document that holds the source itself.
    source: Field,
    /// `yes` on that document.
    is_source: Field,
    /// [`Stored`] in JSON.
    stored: Field,
    /// The source's text.
    text: Field,
    /// The words of a passage with its title and headings.
    pub(crate) body: Field,
    /// [`Record`] in JSON.
    passage: Field,
    /// The name of the model of `vector`.
    model: Field,
    /// A vector, little-endian.
    vector: Field,
}

impl Fields {
    fn schema() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let words = TextFieldIndexing::default()
            .set_tokenizer(FORMAT)
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true);
        let fields = Fields {
            of: schema.add_text_field("of", STRING | STORED),
            source: schema.add_text_field("source", STRING),
            is_source: schema.add_text_field("is_source", STRING),
            stored: schema.add_bytes_field("stored", BytesOptions::default().set_stored()),
            text: schema.add_text_field("text", TextOptions::default().set_stored()),
            body: schema.add_text_field("body", TextOptions::default().set_indexing_options(words)),
            passage: schema.add_bytes_field("passage", BytesOptions::default().set_stored()),
            model: schema.add_text_field("model", TextOptions::default().set_stored()),
            vector: schema.add_bytes_field("vector", BytesOptions::default().set_stored()),
        };
        (schema.build(), fields)
    }

    /// A passage's source and record; `None` for a document that is no passage.
    pub(crate) fn record(&self, document: &TantivyDocument) -> Option<(String, Record)> {
        let name = document.get_first(self.of)?.as_str()?.to_owned();
        let record = serde_json::from_slice(document.get_first(self.passage)?.as_bytes()?).ok()?;
        Some((name, record))
    }

    /// A passage's vector, where it is one of `model`.
    pub(crate) fn vector(&self, document: &TantivyDocument, model: &str) -> Option<Vec<f32>> {
        (document.get_first(self.model)?.as_str()? == model).then_some(())?;
        vectors::from_bytes(document.get_first(self.vector)?.as_bytes()?)
    }
}

/// A folder of documents that can be asked.
///
/// Any number of processes may search while one adds; the first [`Base::add`] or [`Base::remove`] takes the folder's lock
/// and holds it until the base is dropped. A process that is killed leaves the state after its last whole
/// [`Base::add`], and no lock.
pub struct Base {
    folder: PathBuf,
    index: Index,
    pub(crate) fields: Fields,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    pub(crate) vectors: Mutex<Vectors>,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Base {
    /// Opens the base in `folder`, or makes one where the folder is empty or absent. Every file's checksum is compared.
    ///
    /// # Errors
    /// [`KnowError::Folder`], [`KnowError::NotABase`] where the folder holds other files, [`KnowError::Damaged`],
    /// [`KnowError::OtherVersion`], [`KnowError::Busy`] where another process is making a base there just now.
    pub fn open(folder: &Path) -> Result<Base, KnowError> {
        fs::create_dir_all(folder).map_err(|source| KnowError::Folder { folder: folder.to_path_buf(), source })?;
        let (schema, fields) = Fields::schema();
        let failed = |error| KnowError::index(folder, error);
        let directory = || MmapDirectory::open(folder).map_err(|error| failed(error.into()));
        if !folder.join(META).exists() {
            make(folder, directory()?, schema.clone())?;
        }
        let mut looks = 0;
        let index = loop {
            looks += 1;
            let opened = {
                // Held, it keeps another process from removing files that it has just merged into others.
                let directory = directory()?;
                let _lock = directory.acquire_lock(&META_LOCK).map_err(|error| failed(error.into()))?;
                Index::open(directory).and_then(|index| {
                    let sound = sound(&index, folder)?;
                    Ok((index, sound))
                })
            };
            match opened {
                Ok((index, true)) => break index,
                // Another process may have committed between the list of segments and their files.
                _ if looks < LOOKS => {}
                Ok((_, false)) => return Err(KnowError::Damaged { folder: folder.to_path_buf(), source: None }),
                Err(error) => return Err(failed(error)),
            }
        };
        if index.schema() != schema {
            return Err(KnowError::OtherVersion { folder: folder.to_path_buf() });
        }
        index.tokenizers().register(FORMAT, analyzer());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let vectors = Mutex::new(Vectors::default());
        Ok(Base { folder: folder.to_path_buf(), index, fields, reader, writer: None, vectors })
    }

    /// Where the base is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes a document in: its text, its passages and, with `embed`, the vectors of the English ones. A document of the
    /// same name is replaced; one of the same name and hash is left alone, unless it has no vectors of `embed`'s model.
    ///
    /// It is in the base, whole and on the disk, when this returns; until then the base is as it was.
    ///
    /// # Errors
    /// [`KnowError::Name`], [`KnowError::TooLong`], [`KnowError::Busy`] where another process holds the lock,
    /// [`KnowError::Embed`] and [`KnowError::Vectors`] where the model fails, [`KnowError::Damaged`],
    /// [`KnowError::Index`]. The base is then as it was.
    pub fn add(&mut self, source: Source<'_>, embed: Option<Embedder<'_>>) -> Result<Added, KnowError> {
        if source.name.is_empty() || source.name.len() > LONGEST_NAME {
            return Err(KnowError::Name { bytes: source.name.len(), limit: LONGEST_NAME });
        }
        if source.text.len() > LONGEST_TEXT {
            return Err(KnowError::TooLong { bytes: source.text.len(), limit: LONGEST_TEXT });
        }
        self.writer()?;
        let before = self.source(source.name)?;
        if let Some(before) = &before
            && before.hash == source.hash
            && embed.is_none_or(|embed| before.model.as_deref() == Some(embed.name))
        {
            return Ok(Added::Unchanged);
        }
        let passages = passages(source.text, source.sections);
        let vectors = match embed {
            Some(embed) => vectors_of(&passages, source.text, embed)?,
            None => vec![None; passages.len()],
        };
        let stored = Stored {
            name: source.name.to_owned(),
            title: source.title.map(str::to_owned),
            hash: source.hash.to_owned(),
            pages: source.pages.to_vec(),
            bytes: source.text.len(),
            passages: passages.len(),
            vectors: vectors.iter().flatten().count(),
            model: embed.map(|embed| embed.name.to_owned()),
        };
        let documents = self.documents(&stored, source.text, passages, &vectors);
        self.commit(source.name, documents)?;
        Ok(if before.is_some() { Added::Replaced } else { Added::New })
    }

    /// Takes a document out. Returns whether it was there.
    ///
    /// # Errors
    /// [`KnowError::Busy`], [`KnowError::Damaged`], [`KnowError::Index`]. The base is then as it was.
    pub fn remove(&mut self, name: &str) -> Result<bool, KnowError> {
        self.writer()?;
        if self.source(name)?.is_none() {
            return Ok(false);
        }
        self.commit(name, Vec::new())?;
        Ok(true)
    }

    /// The documents in the base, by name.
    ///
    /// # Errors
    /// [`KnowError::Damaged`], [`KnowError::Index`].
    pub fn sources(&self) -> Result<Vec<Stored>, KnowError> {
        let searcher = self.searcher()?;
        let query = TermQuery::new(Term::from_field_text(self.fields.is_source, "yes"), IndexRecordOption::Basic);
        let failed = |error| KnowError::index(&self.folder, error);
        let mut out = Vec::new();
        for address in searcher.search(&query, &DocSetCollector).map_err(failed)? {
            let document = searcher.doc(address).map_err(failed)?;
            out.push(self.stored(&document)?);
        }
        out.sort_by(|a: &Stored, b: &Stored| a.name.cmp(&b.name));
        Ok(out)
    }

    /// The document `name`; `None` where there is none.
    ///
    /// # Errors
    /// [`KnowError::Damaged`], [`KnowError::Index`].
    pub fn source(&self, name: &str) -> Result<Option<Stored>, KnowError> {
        let document = self.source_document(&self.searcher()?, name)?;
        document.map(|document| self.stored(&document)).transpose()
    }

    /// The text of the document `name`, which spans point into; `None` where there is none.
    ///
    /// # Errors
    /// [`KnowError::Damaged`], [`KnowError::Index`].
    pub fn text(&self, name: &str) -> Result<Option<String>, KnowError> {
        let document = self.source_document(&self.searcher()?, name)?;
        document.map(|document| self.text_in(&document)).transpose()
    }

    /// Waits until the index has been tidied up after what was added, and gives the lock back. Dropping the base leaves that
    /// to the next time.
    ///
    /// # Errors
    /// [`KnowError::Index`]. What was added is there all the same.
    pub fn finish(mut self) -> Result<(), KnowError> {
        match self.writer.take() {
            Some(writer) => writer.wait_merging_threads().map_err(|error| KnowError::index(&self.folder, error)),
            None => Ok(()),
        }
    }

    /// A view of what is in the base now.
    pub(crate) fn searcher(&self) -> Result<Searcher, KnowError> {
        self.reader.reload().map_err(|error| KnowError::index(&self.folder, error))?;
        Ok(self.reader.searcher())
    }

    /// The source `name` with its text.
    pub(crate) fn with_text(&self, searcher: &Searcher, name: &str) -> Result<(Stored, String), KnowError> {
        let document = self.source_document(searcher, name)?.ok_or_else(|| self.damaged())?;
        Ok((self.stored(&document)?, self.text_in(&document)?))
    }

    pub(crate) fn damaged(&self) -> KnowError {
        KnowError::Damaged { folder: self.folder.clone(), source: None }
    }

    fn source_document(&self, searcher: &Searcher, name: &str) -> Result<Option<TantivyDocument>, KnowError> {
        let query = TermQuery::new(Term::from_field_text(self.fields.source, name), IndexRecordOption::Basic);
        let failed = |error| KnowError::index(&self.folder, error);
        let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score()).map_err(failed)?;
        found.first().map(|&(_, address)| searcher.doc(address).map_err(failed)).transpose()
    }

    fn stored(&self, document: &TantivyDocument) -> Result<Stored, KnowError> {
        let bytes = document.get_first(self.fields.stored).and_then(|v| v.as_bytes().map(<[u8]>::to_vec));
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| self.damaged())
    }

    fn text_in(&self, document: &TantivyDocument) -> Result<String, KnowError> {
        let text = document.get_first(self.fields.text).and_then(|v| v.as_str().map(str::to_owned));
        text.ok_or_else(|| self.damaged())
    }

    /// Takes the lock, where it is not held yet.
    fn writer(&mut self) -> Result<&mut IndexWriter, KnowError> {
        if self.writer.is_none() {
            let writer = self.index.writer_with_num_threads(1, WRITER_MEMORY);
            self.writer = Some(writer.map_err(|error| KnowError::index(&self.folder, error))?);
        }
        self.writer.as_mut().ok_or_else(|| KnowError::Busy { folder: self.folder.clone() })
    }

    fn documents(
        &self,
        stored: &Stored,
        text: &str,
        passages: Vec<Passage>,
        vectors: &[Option<Vec<f32>>],
    ) -> Vec<TantivyDocument> {
        let fields = self.fields;
        let mut documents: Vec<TantivyDocument> = Vec::with_capacity(passages.len().max(1));
        for (passage, vector) in passages.into_iter().zip(vectors) {
            let mut document = TantivyDocument::new();
            document.add_text(fields.of, &stored.name);
            document.add_text(fields.body, body(stored.title.as_deref(), &passage.headings, passage.span.of(text)));
            if let (Some(vector), Some(model)) = (vector, &stored.model) {
                document.add_text(fields.model, model);
                document.add_bytes(fields.vector, &vectors::to_bytes(vector));
            }
            document.add_bytes(fields.passage, &json(&Record { span: passage.span, headings: passage.headings }));
            documents.push(document);
        }
        // The first passage also holds the source. A document of its own would count among the passages for BM25.
        if documents.is_empty() {
            documents.push(TantivyDocument::new());
            documents[0].add_text(fields.of, &stored.name);
        }
        let first = &mut documents[0];
        first.add_text(fields.source, &stored.name);
        first.add_text(fields.is_source, "yes");
        first.add_bytes(fields.stored, &json(stored));
        first.add_text(fields.text, text);
        documents
    }

    /// Puts `documents` in the place of all that there is of the source `name`.
    fn commit(&mut self, name: &str, documents: Vec<TantivyDocument>) -> Result<(), KnowError> {
        let term = Term::from_field_text(self.fields.of, name);
        let folder = self.folder.clone();
        let writer = self.writer()?;
        let written = || -> tantivy::Result<()> {
            writer.delete_term(term);
            for document in documents {
                writer.add_document(document)?;
            }
            writer.commit()?;
            Ok(())
        }();
        if let Err(error) = written {
            // A writer that failed may hold a part; without it, nothing of that part can be written later.
            self.writer = None;
            return Err(KnowError::index(&folder, error));
        }
        Ok(())
    }
}

/// Whether every file that the index rests on has the checksum that it was written with. The index's own list of its files,
/// which tantivy goes by, is passed over: it may be missing where somebody copied the folder.
fn sound(index: &Index, folder: &Path) -> tantivy::Result<bool> {
    let segments = index.searchable_segment_metas()?;
    for entry in fs::read_dir(folder)? {
        let file = PathBuf::from(entry?.file_name());
        let name = file.to_string_lossy();
        let Some(segment) = segments.iter().find(|segment| name.starts_with(&segment.id().uuid_string())) else {
            continue;
        };
        // Of the lists of what was deleted only one counts; another may be left from a process that was killed.
        let deleted = segment.delete_opstamp().map(|stamp| format!("{}.{stamp}.del", segment.id().uuid_string()));
        if name.ends_with(".del") && deleted.is_none_or(|deleted| deleted != name) {
            continue;
        }
        if !index.directory().validate_checksum(&file)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes an empty index in `folder`, which has none.
fn make(folder: &Path, directory: MmapDirectory, schema: Schema) -> Result<(), KnowError> {
    let failed = |error| KnowError::index(folder, error);
    let entries = fs::read_dir(folder).map_err(|source| KnowError::Folder { folder: folder.to_path_buf(), source })?;
    // What a process leaves that was killed while it made the index begins with a point.
    let folder = folder.to_path_buf();
    if entries.flatten().any(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
        // The index's list of its files is made before anything else.
        return Err(match folder.join(MANAGED).exists() {
            true => KnowError::Damaged { folder, source: None },
            false => KnowError::NotABase { folder },
        });
    }
    let _lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|error| failed(error.into()))?;
    if folder.join(META).exists() {
        return Ok(());
    }
    match fs::remove_file(folder.join(MANAGED)) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(KnowError::Folder { folder, source });
        }
        _ => {}
    }
    Index::create(directory, schema, IndexSettings::default()).map_err(failed)?;
    Ok(())
}

/// What a passage is found by: the document's title, the headings, the words.
pub(crate) fn body(title: Option<&str>, headings: &[String], text: &str) -> String {
    let title = title.filter(|title| headings.first().is_none_or(|first| first != title));
    let parts = title.into_iter().chain(headings.iter().map(String::as_str)).filter(|part| !text.starts_with(part));
    parts.chain([text]).collect::<Vec<_>>().join("\n")
}

/// A record in JSON.
fn json<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("invariant: records hold nothing that JSON can't")
}

fn vectors_of(passages: &[Passage], text: &str, embed: Embedder<'_>) -> Result<Vec<Option<Vec<f32>>>, KnowError> {
    let mut out = vec![None; passages.len()];
    let english: Vec<usize> = (0..passages.len()).filter(|&i| is_english(passages[i].span.of(text))).collect();
    let mut width = None;
    for batch in english.chunks(BATCH) {
        let bodies: Vec<String> =
            batch.iter().map(|&i| body(None, &passages[i].headings, passages[i].span.of(text))).collect();
        let texts: Vec<&str> = bodies.iter().map(String::as_str).collect();
        for (&i, vector) in batch.iter().zip(vectors::embed(embed.model, &texts)?) {
            if *width.get_or_insert(vector.len()) != vector.len() {
                return Err(KnowError::Vectors { texts: texts.len() });
            }
            out[i] = Some(vector);
        }
    }
    Ok(out)
}
