//! From evidence and marks to what people read: a one-page [`Review`] for each pupil and a [`ClassReport`].
//!
//! Everything here is a pure function: the same evidence and marks give the same words.

mod advice;
mod class;
mod letter;
mod model;
mod order;
mod review;
mod sentences;
mod shared;
mod topic;

pub use class::{ClassInput, class_report, explain};
pub use letter::{Point, points};
pub use model::*;
pub use review::review;
pub use shared::shared_passages;
pub use topic::{Practice, Topic, topic_of, topics};
