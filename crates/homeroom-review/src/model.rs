//! What a review and a class report consist of. All of it is plain data: pages, PDFs and Word files are made from it.

use homeroom_core::{Bilingual, Letter, Span, SubmissionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One page for one pupil.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Whose work.
    pub submission: SubmissionId,
    /// What is good, each with a quote from the essay.
    pub good: Vec<Strength>,
    /// At most three things to work on next, the most useful first.
    pub work_on: Vec<WorkItem>,
    /// What to keep doing.
    pub keep: Vec<Bilingual>,
    /// How it compares with the last essay, where there is one.
    pub progress: Option<Progress>,
    /// The same in a model's words, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Letter>,
}

/// Something that the pupil did well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Strength {
    /// The passage in the essay.
    pub span: Span,
    /// Its words.
    pub quote: String,
    /// Why it is good.
    pub why: Bilingual,
}

/// One thing to work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkItem {
    /// The error group (`agreement`, `articles`) or trait that it is about; the key of the practice schedule.
    pub topic: String,
    /// Heading.
    pub title: Bilingual,
    /// The rule in plain words.
    pub rule: Bilingual,
    /// How often the fault occurs in the essay; 0 for advice on a trait.
    pub count: usize,
    /// The pupil's own sentences.
    pub examples: Vec<Example>,
    /// Two minutes of practice.
    pub exercise: Exercise,
}

/// One of the pupil's own sentences, with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// The marked passage.
    pub span: Span,
    /// The sentence as written.
    pub sentence: String,
    /// The marked words.
    pub marked: String,
    /// The sentence put right, where a correction is known.
    pub corrected: Option<String>,
    /// Why, in one sentence.
    pub why: Bilingual,
}

/// A short exercise made from the pupil's own errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exercise {
    /// What to do.
    pub instruction: Bilingual,
    /// The items.
    pub items: Vec<ExerciseItem>,
}

/// One item with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExerciseItem {
    /// What the pupil sees.
    pub task: String,
    /// The key.
    pub answer: String,
}

/// Comparison with the pupil's last essay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// The assignment of the last essay.
    pub previous_assignment: String,
    /// Changes, the most telling first: a name, then, now.
    pub changes: Vec<ProgressChange>,
}

/// One number then and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressChange {
    /// What was counted.
    pub what: Bilingual,
    /// Value in the last essay.
    pub before: f64,
    /// Value in this one.
    pub now: f64,
    /// Whether it is better now; `None` where neither is better.
    pub better: Option<bool>,
}

/// The report on a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassReport {
    /// Essays that were scored.
    pub scored: usize,
    /// Essays that were read but not scored.
    pub unscored: usize,
    /// Files that could not be read.
    pub failed: usize,
    /// Number of essays per band, from the highest band to the lowest.
    pub bands: Vec<BandCount>,
    /// What the class gets wrong most, the most widespread first.
    pub issues: Vec<ClassIssue>,
    /// Pupils who need a word, with why.
    pub needs_a_word: Vec<NeedsAWord>,
    /// A lesson of ten minutes on the first issue.
    pub lesson: Option<Lesson>,
    /// Pairs of essays that share passages.
    pub shared: Vec<SharedPassages>,
    /// Mean of each trait over the class on 0 to 100, in order of the traits, where there are scores.
    pub traits: Vec<TraitMean>,
}

/// How many essays lie in a band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BandCount {
    /// The band's name.
    pub band: Bilingual,
    /// Essays in it.
    pub count: usize,
}

/// The class's mean of a trait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraitMean {
    /// The criterion's id.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// Mean share of the criterion's scale, 0 to 1.
    pub mean: f64,
    /// Lowest and highest.
    pub range: (f64, f64),
}

/// A fault that many share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassIssue {
    /// The error group.
    pub topic: String,
    /// Heading.
    pub title: Bilingual,
    /// Essays that have it.
    pub essays: usize,
    /// Times in all.
    pub count: usize,
    /// Anonymous sentences with it.
    pub examples: Vec<AnonymousExample>,
}

/// A sentence without its writer; names of pupils in it are replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnonymousExample {
    /// As written.
    pub sentence: String,
    /// Put right.
    pub corrected: Option<String>,
}

/// A pupil to talk to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeedsAWord {
    /// Whose work.
    pub submission: SubmissionId,
    /// Why.
    pub why: Bilingual,
}

/// A short lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lesson {
    /// Heading.
    pub title: Bilingual,
    /// Steps with their minutes.
    pub steps: Vec<LessonStep>,
}

/// One step of a lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LessonStep {
    /// How long.
    pub minutes: u32,
    /// What to do.
    pub what: Bilingual,
    /// Sentences to put on the board.
    pub board: Vec<String>,
}

/// Two essays that share passages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedPassages {
    /// The one.
    pub first: SubmissionId,
    /// The other.
    pub second: SubmissionId,
    /// Estimated Jaccard similarity of their five-word sequences, 0 to 1.
    pub similarity: f64,
    /// The passages side by side.
    pub passages: Vec<SharedPassage>,
}

/// One passage in both essays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedPassage {
    /// In the first essay.
    pub first: Span,
    /// Its words.
    pub first_text: String,
    /// In the second essay.
    pub second: Span,
    /// Its words.
    pub second_text: String,
}
