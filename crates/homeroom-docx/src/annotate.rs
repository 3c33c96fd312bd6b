use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use homeroom_core::Span;
use quick_xml::escape::escape;
use quick_xml::events::BytesStart;

use crate::DocxError;
use crate::create::legal;
use crate::layout::{Kind, Layout, Paragraph, Run};
use crate::package::{Package, append_to_root, each_element, is_kind, kind, relationships_part};

const CONTENT_TYPES: &str = "[Content_Types].xml";
const COMMENTS_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";

/// A comment at a place of the text, with or without a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Where, in the text that [`crate::read`] gives. An empty span is a place between two characters.
    pub span: Span,
    /// What the comment says, a paragraph per line; "" for a suggestion without a comment.
    pub comment: String,
    /// Who says so.
    pub author: String,
    /// The author's initials.
    pub initials: String,
    /// What should stand there instead; "" to delete, `None` for a comment only.
    pub replacement: Option<String>,
}

/// How an annotation is written into the file.
struct Plan<'a> {
    annotation: &'a Annotation,
    /// Id of its comment, where it has one.
    comment: Option<u32>,
    /// The replacement, where it can be a tracked change.
    replacement: Option<&'a str>,
}

/// What happens in one run. Positions are bytes of the text; numbers are indices of plans.
#[derive(Default)]
struct RunEdit {
    starts: Vec<(usize, usize)>,
    ends: Vec<(usize, usize)>,
    points: Vec<(usize, usize)>,
    deletions: Vec<(Span, usize)>,
}

/// The pupil's own file with comments and tracked changes in it.
///
/// `date` is the time of every comment and change, RFC 3339 with `Z`. Annotations are taken in order of their place.
/// Comments may overlap. A replacement becomes a tracked deletion and insertion in the formatting of the text that it
/// replaces; it stays away (the comment remains) where it can't be one: across paragraphs or line breaks, over a picture,
/// in a text box (its comments hang on the paragraph that holds the box), or over another replacement.
///
/// Comments that were in the file stay; every part but the main document, the comments and the two lists that name
/// them is copied byte for byte, and so is everything in the main document outside of the runs that are cut.
///
/// # Errors
/// [`DocxError::Span`] if an annotation lies outside of the text; otherwise as [`crate::read`].
pub fn annotate(bytes: &[u8], annotations: &[Annotation], date: &str) -> Result<Vec<u8>, DocxError> {
    let mut package = Package::open(bytes)?;
    let (part, xml) = package.document()?;
    let layout = Layout::parse(&part, &xml)?;
    for Annotation { span, .. } in annotations {
        if !span.fits(&layout.text) {
            return Err(DocxError::Span { start: span.start, end: span.end, len: layout.text.len() });
        }
    }
    let mut sorted: Vec<&Annotation> = annotations.iter().collect();
    sorted.sort_by_key(|a| a.span);

    let existing = package
        .relationships(&part)?
        .into_iter()
        .find(|r| is_kind(&r.kind, "comments") && package.has(&r.target))
        .map(|r| r.target);
    let existing = match existing {
        Some(name) => package.part(&name)?.map(|content| (name, content)),
        None => None,
    };
    let mut max_comment = None;
    if let Some((name, content)) = &existing {
        each_element(name, content, |element| {
            if element.local_name().as_ref() == "comment"
                && let Some(id) = id_of(element)
            {
                max_comment = max_comment.max(Some(id));
            }
        })?;
    }
    // Ids of comments and of changes are two sets; one counter above both is free in each.
    let first_id = layout.max_id.max(max_comment.unwrap_or(0)).saturating_add(1);
    let mut writer = Writer { xml: &xml, layout: &layout, date: escape(legal(date)).into_owned(), next_id: first_id };
    let plans = writer.plan(&sorted);
    let document = writer.document(&plans);
    let mut parts = BTreeMap::from([(part.clone(), document)]);

    let comments: String = plans.iter().map(|plan| writer.comment(plan)).collect();
    if !comments.is_empty() {
        if let Some((name, content)) = existing {
            let merged = append_to_root(&name, &content, |_| comments)?;
            parts.insert(name, merged);
        } else {
            let folder = part.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let name = (0..)
                .map(|n| if n == 0 { "comments.xml".to_owned() } else { format!("comments{n}.xml") })
                .find(|name| !package.has(&format!("{folder}{name}")))
                .expect("invariant: the archive has a finite number of entries");
            parts.insert(
                format!("{folder}{name}"),
                format!(
                    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:comments xmlns:w="{}">{comments}</w:comments>"#,
                    layout.namespace()
                ),
            );
            link(&mut package, &part, &folder, &name, layout.strict, &mut parts)?;
        }
    }
    package.rewrite(parts)
}

/// Names a new comments part in the document's relationships and in the content types.
fn link(
    package: &mut Package<'_>,
    part: &str,
    folder: &str,
    name: &str,
    strict: bool,
    parts: &mut BTreeMap<String, String>,
) -> Result<(), DocxError> {
    let list = relationships_part(part);
    let content = package.part(&list)?.unwrap_or_else(|| {
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>"#
            .to_owned()
    });
    let taken: Vec<String> = package.relationships(part)?.into_iter().map(|r| r.id).collect();
    let id = (0..)
        .map(|n| format!("rIdComments{n}"))
        .find(|id| !taken.contains(id))
        .expect("invariant: the part has a finite number of relationships");
    let linked = append_to_root(&list, &content, |prefix| {
        format!(r#"<{prefix}Relationship Id="{id}" Type="{}" Target="{name}"/>"#, kind(strict, "comments"))
    })?;
    parts.insert(list, linked);
    let types =
        package.part(CONTENT_TYPES)?.ok_or_else(|| DocxError::MissingPart { part: CONTENT_TYPES.to_owned() })?;
    let typed = append_to_root(CONTENT_TYPES, &types, |prefix| {
        format!(r#"<{prefix}Override PartName="/{folder}{name}" ContentType="{COMMENTS_TYPE}"/>"#)
    })?;
    parts.insert(CONTENT_TYPES.to_owned(), typed);
    Ok(())
}

struct Writer<'a> {
    xml: &'a str,
    layout: &'a Layout,
    /// Escaped.
    date: String,
    next_id: u32,
}

impl Writer<'_> {
    fn id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// The declaration that our own elements need where the file has no prefix `w`.
    fn declaration(&self) -> String {
        if self.layout.prefix == "w:" { String::new() } else { format!(r#" xmlns:w="{}""#, self.layout.namespace()) }
    }

    fn plan<'p>(&mut self, sorted: &[&'p Annotation]) -> Vec<Plan<'p>> {
        let mut plans = Vec::new();
        let mut replaced: Option<Span> = None;
        for &annotation in sorted {
            let comment = (!annotation.comment.trim().is_empty()).then(|| self.id());
            let mut replacement = annotation.replacement.as_deref();
            let breaks = |text: &str| text.contains('\n');
            if replacement.is_some_and(breaks)
                || breaks(annotation.span.of(&self.layout.text))
                || replaced.is_some_and(|r| r.overlaps(annotation.span))
            {
                replacement = None;
            }
            if replacement.is_some() {
                replaced = Some(annotation.span);
            }
            plans.push(Plan { annotation, comment, replacement });
        }
        plans
    }

    /// The main document part with every plan carried out.
    fn document(&mut self, plans: &[Plan<'_>]) -> String {
        let layout = self.layout;
        let runs: Vec<(&Paragraph, &Run)> =
            layout.paragraphs.iter().flat_map(|p| p.runs.iter().map(move |r| (p, r))).collect();
        let mut edits: BTreeMap<usize, RunEdit> = BTreeMap::new();
        // At the end of a paragraph: comments that no run can carry.
        let mut tails: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
        for (idx, plan) in plans.iter().enumerate() {
            let span = plan.annotation.span;
            if plan.comment.is_none() && plan.replacement.is_none() {
                continue;
            }
            let covered: Vec<usize> = (0..runs.len())
                .filter(|&r| !runs[r].1.span.is_empty() && !span.is_empty() && runs[r].1.span.overlaps(span))
                .collect();
            let boxed = covered.iter().find_map(|&r| runs[r].0.host);
            if let Some(host) = boxed {
                tails.entry(host).or_default().push((idx, false));
                continue;
            }
            let (Some(&first), Some(&last)) = (covered.first(), covered.last()) else {
                self.point(idx, span.start, &runs, &mut edits, &mut tails);
                continue;
            };
            let start = snap(runs[first].1, span.start.max(runs[first].1.span.start), false);
            let end = snap(runs[last].1, span.end.min(runs[last].1.span.end), true);
            if plan.replacement.is_some() && start < end {
                for &r in &covered {
                    let part = Span::new(start.max(runs[r].1.span.start), end.min(runs[r].1.span.end));
                    edits.entry(r).or_default().deletions.push((part, idx));
                }
            }
            edits.entry(first).or_default().starts.push((start, idx));
            edits.entry(last).or_default().ends.push((end, idx));
        }

        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        for (&r, edit) in &edits {
            let run = runs[r].1;
            changes.push((run.xml.clone(), self.run(run, edit, plans)));
        }
        for (&p, tail) in &tails {
            let paragraph = &layout.paragraphs[p];
            let mut content = String::new();
            for &(idx, tracked) in tail {
                self.open_comment(&plans[idx], &mut content);
                if tracked {
                    self.insertion(&plans[idx], None, &mut content);
                }
                self.close_comment(&plans[idx], &mut content);
            }
            if paragraph.self_closing {
                let close = format!("></{}p>", layout.prefix);
                let (open, close) = close.split_at(1);
                changes.push((paragraph.end..paragraph.end + 2, format!("{open}{content}{close}")));
            } else {
                changes.push((paragraph.end..paragraph.end, content));
            }
        }
        changes.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(self.xml.len() + changes.iter().map(|(_, s)| s.len()).sum::<usize>());
        let mut done = 0;
        for (range, content) in changes {
            out.push_str(&self.xml[done..range.start]);
            out.push_str(&content);
            done = range.end;
        }
        out.push_str(&self.xml[done..]);
        out
    }

    /// Finds the run, or else the paragraph, for an annotation between two characters.
    fn point(
        &self,
        idx: usize,
        at: usize,
        runs: &[(&Paragraph, &Run)],
        edits: &mut BTreeMap<usize, RunEdit>,
        tails: &mut BTreeMap<usize, Vec<(usize, bool)>>,
    ) {
        let textual = |r: &usize| !runs[*r].1.span.is_empty();
        let found = (0..runs.len())
            .filter(textual)
            .find(|&r| runs[r].1.span.start <= at && at < runs[r].1.span.end)
            .or_else(|| (0..runs.len()).filter(textual).find(|&r| runs[r].1.span.end == at));
        match found {
            Some(r) if runs[r].0.host.is_none() => {
                edits.entry(r).or_default().points.push((snap(runs[r].1, at, false), idx));
            }
            Some(r) => tails.entry(runs[r].0.host.unwrap_or(0)).or_default().push((idx, false)),
            None => {
                let paragraphs = &self.layout.paragraphs;
                let paragraph = paragraphs.iter().position(|p| p.span.start <= at && at <= p.span.end);
                if let Some(p) = paragraph {
                    let host = paragraphs[p].host;
                    tails.entry(host.unwrap_or(p)).or_default().push((idx, host.is_none()));
                }
            }
        }
    }

    /// A run, cut where annotations begin and end.
    fn run(&mut self, run: &Run, edit: &RunEdit, plans: &[Plan<'_>]) -> String {
        let mut cuts = vec![run.span.start, run.span.end];
        cuts.extend(edit.starts.iter().chain(&edit.ends).chain(&edit.points).map(|&(at, _)| at));
        cuts.extend(edit.deletions.iter().flat_map(|(span, _)| [span.start, span.end]));
        cuts.sort_unstable();
        cuts.dedup();
        let mut out = String::new();
        for (n, &at) in cuts.iter().enumerate() {
            for &(_, idx) in edit.ends.iter().filter(|(end, _)| *end == at) {
                self.insertion(&plans[idx], Some(run), &mut out);
                self.close_comment(&plans[idx], &mut out);
            }
            for &(_, idx) in edit.points.iter().filter(|(point, _)| *point == at) {
                self.open_comment(&plans[idx], &mut out);
                self.insertion(&plans[idx], Some(run), &mut out);
                self.close_comment(&plans[idx], &mut out);
            }
            for &(_, idx) in edit.starts.iter().filter(|(start, _)| *start == at) {
                self.open_comment(&plans[idx], &mut out);
            }
            if let Some(&next) = cuts.get(n + 1) {
                let segment = Span::new(at, next);
                let deleted = edit.deletions.iter().find(|(span, _)| span.contains(segment)).map(|&(_, idx)| idx);
                let last = next == run.span.end;
                self.segment(run, segment, last, deleted.map(|idx| &plans[idx]), &mut out);
            }
        }
        out
    }

    /// The pieces of a run that lie in `segment`, as one run or more. `last` takes what stands at the very end, too.
    fn segment(&mut self, run: &Run, segment: Span, last: bool, deleted: Option<&Plan<'_>>, out: &mut String) {
        let prefix = &self.layout.prefix;
        // Consecutive pieces of one sort share a run: deleted text, and everything that stays.
        let mut groups: Vec<(bool, String)> = Vec::new();
        for piece in &run.pieces {
            let inside = if piece.span.is_empty() {
                (segment.start <= piece.span.start && piece.span.start < segment.end)
                    || (last && piece.span.start == segment.end)
            } else {
                piece.span.overlaps(segment)
            };
            if !inside {
                continue;
            }
            let delete = deleted.is_some() && piece.kind != Kind::Opaque;
            let content = if piece.kind == Kind::Text && (delete || !segment.contains(piece.span)) {
                let from = segment.start.max(piece.span.start) - piece.span.start;
                let to = segment.end.min(piece.span.end) - piece.span.start;
                let tag = if delete { "delText" } else { "t" };
                let text = escape(piece.text.get(from..to).unwrap_or(""));
                format!(r#"<{prefix}{tag} xml:space="preserve">{text}</{prefix}{tag}>"#)
            } else {
                self.xml[piece.xml.clone()].to_owned()
            };
            match groups.last_mut() {
                Some((sort, group)) if *sort == delete => group.push_str(&content),
                _ => groups.push((delete, content)),
            }
        }
        let tag = &self.xml[run.tag.clone()];
        let properties = run.properties.clone().map_or("", |range| &self.xml[range]);
        for (delete, content) in groups {
            let whole = format!("{tag}{properties}{content}</{prefix}r>");
            match deleted {
                Some(plan) if delete => {
                    let _ = write!(out, "<w:del{}>{whole}</w:del>", self.change(plan.annotation));
                }
                _ => out.push_str(&whole),
            }
        }
    }

    /// The text that a plan puts in, in the formatting of `run`.
    fn insertion(&mut self, plan: &Plan<'_>, run: Option<&Run>, out: &mut String) {
        let Some(text) = plan.replacement.filter(|text| !text.is_empty()) else { return };
        let properties = run.and_then(|run| run.properties.clone()).map_or("", |range| &self.xml[range]);
        let outer = run.and_then(|run| run.insertion.clone()).map(|range| &self.xml[range]);
        let change = self.change(plan.annotation);
        let declaration = self.declaration();
        let text = escape(legal(text)).into_owned();
        // Insertions don't nest: the pupil's own is closed before ours and opened again after it.
        let name = outer.map(|tag| tag.trim_start_matches('<').split(|c: char| c.is_whitespace() || c == '>'));
        let name = name.and_then(|mut parts| parts.next()).unwrap_or("");
        if outer.is_some() {
            let _ = write!(out, "</{name}>");
        }
        // The formatting is copied with the file's own prefix, our elements have `w`.
        let _ = write!(
            out,
            r#"<w:ins{change}><w:r{declaration}>{properties}<w:t xml:space="preserve">{text}</w:t></w:r></w:ins>"#
        );
        if let Some(tag) = outer {
            out.push_str(tag);
        }
    }

    /// Attributes of a tracked change.
    fn change(&mut self, annotation: &Annotation) -> String {
        let id = self.id();
        let author = escape(legal(&annotation.author)).into_owned();
        format!(r#"{} w:id="{id}" w:author="{author}" w:date="{}""#, self.declaration(), self.date)
    }

    fn open_comment(&self, plan: &Plan<'_>, out: &mut String) {
        if let Some(id) = plan.comment {
            let _ = write!(out, r#"<w:commentRangeStart{} w:id="{id}"/>"#, self.declaration());
        }
    }

    fn close_comment(&self, plan: &Plan<'_>, out: &mut String) {
        if let Some(id) = plan.comment {
            let declaration = self.declaration();
            let _ = write!(
                out,
                r#"<w:commentRangeEnd{declaration} w:id="{id}"/><w:r{declaration}><w:commentReference w:id="{id}"/></w:r>"#
            );
        }
    }

    /// The comment itself, for the comments part.
    fn comment(&self, plan: &Plan<'_>) -> String {
        let Some(id) = plan.comment else { return String::new() };
        let Annotation { comment, author, initials, .. } = plan.annotation;
        let mut body = String::new();
        for (idx, line) in legal(comment).split('\n').enumerate() {
            let reference = if idx == 0 { "<w:r><w:annotationRef/></w:r>" } else { "" };
            let _ = write!(
                body,
                r#"<w:p>{reference}<w:r><w:t xml:space="preserve">{}</w:t></w:r></w:p>"#,
                escape(line.replace('\t', " "))
            );
        }
        // The comments part may have another prefix than the document, so that it is always declared.
        format!(
            r#"<w:comment xmlns:w="{}" w:id="{id}" w:author="{}" w:date="{}" w:initials="{}">{body}</w:comment>"#,
            self.layout.namespace(),
            escape(legal(author)),
            self.date,
            escape(legal(initials)),
        )
    }
}

/// The id of an existing comment, whatever prefix its part has.
fn id_of(element: &BytesStart<'_>) -> Option<u32> {
    let mut attributes = element.attributes();
    attributes.with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == "id")?.value.parse().ok()
}

/// `at`, moved to the edge of a piece that can't be cut: to its start, or to its end if `end`.
fn snap(run: &Run, at: usize, end: bool) -> usize {
    let inside = run.pieces.iter().find(|p| p.kind != Kind::Text && p.span.start < at && at < p.span.end);
    inside.map_or(at, |piece| if end { piece.span.end } else { piece.span.start })
}
