//! `pupil_history`: what a pupil wrote before, for those who may see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use homeroom_core::{ClassId, PupilId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Date, Means};
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Essays that are told, the latest ones.
const MOST: usize = 20;

/// Who is logged in, whatever the model or a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A pupil, who sees what is their own.
    Pupil(PupilId),
    /// A teacher, who sees the pupils of these classes.
    Teacher(Vec<ClassId>),
}

/// An essay of the past. There is none of its text in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PastEssay {
    /// The assignment's title.
    pub assignment: String,
    /// When it was handed in.
    pub date: Date,
    /// The confirmed mark as the school writes it; nothing before it is released.
    pub mark: Option<String>,
    /// Words.
    pub n_words: usize,
    /// Faults by the teacher's code.
    pub faults: BTreeMap<String, usize>,
}

/// Pupils' histories, as the program keeps them. Rights are looked at here, not there.
pub trait Histories: Send + Sync {
    /// The pupils who have this id, or are called this.
    fn called(&self, said: &str) -> Vec<PupilId>;

    /// The classes that a pupil is in; none for a pupil whom nobody knows.
    fn classes(&self, pupil: &PupilId) -> Vec<ClassId>;

    /// A pupil's essays.
    ///
    /// # Errors
    /// [`ToolError::Broken`], where the store can't be read.
    fn essays(&self, pupil: &PupilId) -> Result<Vec<PastEssay>, ToolError>;
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The pupil's id or whole name; a pupil leaves it out to see their own.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pupil: Option<String>,
}

pub(super) fn make(means: &Means) -> Option<Arc<dyn Tool>> {
    let (histories, caller) = means.histories.clone()?;
    Some(Typed::shared(
        "pupil_history",
        "Tells which essays a pupil wrote before, with their marks and the faults in them by code. A pupil sees only their own, \
         a teacher only those of their classes.",
        Effect::Reads,
        move |arguments: Arguments| history(&*histories, &caller, arguments.pupil),
    ))
}

/// Whom the caller may see. A pupil whom nobody knows is refused as one of another class is, so that nobody learns who is
/// there.
fn allowed(histories: &dyn Histories, caller: &Caller, wanted: Option<String>) -> Result<PupilId, ToolError> {
    match (caller, wanted) {
        (Caller::Pupil(own), None) => Ok(own.clone()),
        (Caller::Pupil(own), Some(wanted)) if wanted == own.as_str() => Ok(own.clone()),
        (Caller::Pupil(_), Some(_)) => Err(ToolError::Denied { what: "a pupil sees only their own history" }),
        (Caller::Teacher(_), None) => Err(ToolError::Value { argument: "pupil", fault: "say whose history" }),
        (Caller::Teacher(own), Some(wanted)) => {
            let mut theirs = histories.called(wanted.trim());
            theirs.retain(|pupil| histories.classes(pupil).iter().any(|class| own.contains(class)));
            match &theirs[..] {
                [pupil] => Ok(pupil.clone()),
                [] => Err(ToolError::Denied { what: "this is no pupil of your classes" }),
                _ => Err(ToolError::Value {
                    argument: "pupil",
                    fault: "several of your pupils are called that: give the id",
                }),
            }
        }
    }
}

fn history(histories: &dyn Histories, caller: &Caller, wanted: Option<String>) -> Result<Output, ToolError> {
    let pupil = allowed(histories, caller, wanted)?;
    let mut essays = histories.essays(&pupil)?;
    essays.sort_by_key(|essay| std::cmp::Reverse(essay.date));
    let n_essays = essays.len();
    essays.truncate(MOST);
    Ok(Output::json(&serde_json::json!({ "n_essays": n_essays, "latest": essays })))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct School;

    impl Histories for School {
        fn called(&self, said: &str) -> Vec<PupilId> {
            let known = [("li", "Li Hua"), ("wang", "Wang Wei"), ("chen", "Chen Jie"), ("wang2", "Wang Wei")];
            known.iter().filter(|(id, name)| *id == said || *name == said).map(|(id, _)| PupilId::new(*id)).collect()
        }

        fn classes(&self, pupil: &PupilId) -> Vec<ClassId> {
            match pupil.as_str() {
                "li" | "wang" | "wang2" => vec![ClassId::new("7a")],
                "chen" => vec![ClassId::new("7b")],
                _ => Vec::new(),
            }
        }

        fn essays(&self, pupil: &PupilId) -> Result<Vec<PastEssay>, ToolError> {
            let essay = |title: &str, day| PastEssay {
                assignment: format!("{title} of {pupil}"),
                date: Date::from_ymd_opt(2025, 5, day).unwrap(),
                mark: None,
                n_words: 100,
                faults: BTreeMap::from([("sv".to_owned(), 2)]),
            };
            Ok(vec![essay("First", 1), essay("Second", 9)])
        }
    }

    #[track_caller]
    fn check(caller: &Caller, wanted: Option<&str>, sees: Option<&str>) {
        let seen = history(&School, caller, wanted.map(Into::into));
        match sees {
            Some(title) => assert!(seen.unwrap().text.contains(title)),
            None => assert!(matches!(seen.unwrap_err(), ToolError::Denied { .. } | ToolError::Value { .. })),
        }
    }

    #[test]
    fn a_pupil_sees_only_their_own() {
        let li = Caller::Pupil(PupilId::new("li"));
        check(&li, None, Some("Second of li"));
        check(&li, Some("li"), Some("First of li"));
        check(&li, Some("wang"), None);
        check(&li, Some("nobody"), None);
        check(&li, Some("LI"), None);
    }

    #[test]
    fn a_teacher_sees_the_pupils_of_their_classes() {
        let teacher = Caller::Teacher(vec![ClassId::new("7a"), ClassId::new("8c")]);
        check(&teacher, Some("wang"), Some("of wang"));
        check(&teacher, Some("Li Hua"), Some("of li"));
        check(&teacher, Some("Wang Wei"), None);
        check(&teacher, Some("Chen Jie"), None);
        check(&teacher, Some("chen"), None);
        check(&teacher, Some("nobody"), None);
        check(&teacher, None, None);
        check(&Caller::Teacher(Vec::new()), Some("wang"), None);
    }

    #[test]
    fn a_stranger_is_refused_in_the_same_words_as_another_classs_pupil() {
        let teacher = Caller::Teacher(vec![ClassId::new("7a")]);
        let say = |pupil: &str| history(&School, &teacher, Some(pupil.into())).unwrap_err().to_string();
        assert_eq!(say("chen"), say("nobody"));
    }

    #[test]
    fn the_latest_comes_first() {
        let text = history(&School, &Caller::Pupil(PupilId::new("li")), None).unwrap().text;
        assert!(text.find("Second").unwrap() < text.find("First").unwrap());
    }
}
