use homeroom_core::{Bilingual, Display, Finding, Severity, Span};

/// A finding in the making, with what most of our checkers have in common.
pub(crate) struct Draft {
    finding: Finding,
}

impl Draft {
    /// A default mark of `checker` with ERRANT type and teacher's code.
    pub(crate) fn new(checker: &str, span: Span, errant: &str, code: &str) -> Self {
        Self {
            finding: Finding {
                span,
                checker: checker.to_owned(),
                source: "homeroom".to_owned(),
                errant: errant.to_owned(),
                code: code.to_owned(),
                severity: Severity::Major,
                display: Display::Sure,
                confidence: 0.85,
                explanation: Bilingual::default(),
                suggestions: Vec::new(),
            },
        }
    }

    /// Why, in both languages.
    pub(crate) fn because(mut self, en: impl Into<String>, zh: impl Into<String>) -> Self {
        self.finding.explanation = Bilingual::new(en, zh);
        self
    }

    /// What would be right, best first.
    pub(crate) fn suggest<S: Into<String>>(mut self, suggestions: impl IntoIterator<Item = S>) -> Self {
        self.finding.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }

    /// The probability that a teacher would mark it.
    pub(crate) fn confidence(mut self, confidence: f64) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// How much it matters, where it is not [`Severity::Major`].
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Folds it away as "check this".
    pub(crate) fn check_this(mut self) -> Self {
        self.finding.display = Display::Check;
        self
    }

    /// Which source found it, where it is not a checker of our own.
    pub(crate) fn source(mut self, source: &str) -> Self {
        self.finding.source = source.to_owned();
        self
    }

    /// The finding.
    pub(crate) fn done(self) -> Finding {
        self.finding
    }
}
