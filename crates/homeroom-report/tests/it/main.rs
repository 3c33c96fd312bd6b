//! Pages and files of one small class, as a person or a program would read them.

mod sample;

use homeroom_core::Span;
use homeroom_report::{
    ClassBundle, PageLanguage, annotated_docx, canvas_csv, class_page, essay_export, m2, moodle_csv, page_file,
    plain_sentences, pupil_page, schemas, summary,
};
use sample::{DATE, Sample};

const LANGUAGES: [PageLanguage; 3] = [PageLanguage::En, PageLanguage::Zh, PageLanguage::Both];

fn with<T>(language: PageLanguage, f: impl FnOnce(&ClassBundle<'_>) -> T) -> T {
    Sample::new().with(language, f)
}

/// Every page of the sample class in every language.
fn pages() -> Vec<String> {
    LANGUAGES
        .into_iter()
        .flat_map(|language| {
            with(language, |b| b.pupils.iter().map(|p| pupil_page(b, p)).chain([class_page(b)]).collect::<Vec<_>>())
        })
        .collect()
}

/// What stands between two tags of a page, one tag per line, so that a change can be read.
fn between(page: &str, from: &str, to: &str) -> String {
    let find = |text: &str, tag: &str| text.find(tag).unwrap_or_else(|| panic!("no {tag} in the page"));
    let start = find(page, from);
    let end = start + find(&page[start..], to) + to.len();
    page[start..end].replace("<p", "\n<p").replace("<li", "\n<li").replace("<a class", "\n<a class")
}

#[test]
fn marked_essay_as_html() {
    let page = with(PageLanguage::Both, |b| pupil_page(b, &b.pupils[0]));
    insta::assert_snapshot!("essay_html", between(&page, "<article class=\"paper\"", "</article>"));
    insta::assert_snapshot!("notes_html", between(&page, "<aside", "</aside>"));
    insta::assert_snapshot!("scores_html", between(&page, "<section class=\"scores\"", "</section>"));
}

#[test]
fn class_as_html() {
    let page = with(PageLanguage::En, class_page);
    insta::assert_snapshot!("class_html", between(&page, "<main", "</main>").replace("<tr", "\n<tr"));
}

#[test]
fn marked_essay_as_json() {
    with(PageLanguage::Both, |b| insta::assert_json_snapshot!("essay_json", essay_export(b, &b.pupils[1])));
    with(PageLanguage::Both, |b| insta::assert_json_snapshot!("summary_json", summary(b)));
}

#[test]
fn gradebooks() {
    insta::assert_snapshot!("moodle_csv", with(PageLanguage::En, |b| moodle_csv(b).unwrap()).replace('\r', ""));
    insta::assert_snapshot!("canvas_csv", with(PageLanguage::En, |b| canvas_csv(b).unwrap()).replace('\r', ""));
}

#[test]
fn marked_essays_as_m2() {
    insta::assert_snapshot!("m2", with(PageLanguage::En, |b| m2(b, &plain_sentences)));
}

#[test]
fn every_span_of_the_json_is_the_quoted_text() {
    with(PageLanguage::En, |b| {
        for pupil in b.pupils {
            let export = serde_json::to_value(essay_export(b, pupil)).unwrap();
            let text = export["text"].as_str().unwrap();
            for finding in export["findings"].as_array().unwrap() {
                let target = &finding["target"];
                let number = |v: &serde_json::Value| usize::try_from(v.as_u64().unwrap()).unwrap();
                let bytes = Span::new(number(&target["bytes"]["start"]), number(&target["bytes"]["end"]));
                let [position, quote] = &target["selector"].as_array().unwrap()[..] else { panic!("two selectors") };
                assert_eq!(position["type"], "TextPositionSelector");
                assert_eq!(quote["type"], "TextQuoteSelector");
                let (start, end) = (number(&position["start"]), number(&position["end"]));
                let points: String = text.chars().skip(start).take(end - start).collect();
                assert_eq!(points, bytes.of(text));
                assert_eq!(quote["exact"], points);
            }
        }
    });
}

#[test]
fn exports_follow_their_schemas() {
    let schemas = schemas();
    let validator = |name: &str| {
        let (_, schema) = schemas.iter().find(|(n, _)| *n == name).unwrap();
        jsonschema::validator_for(schema).unwrap()
    };
    #[track_caller]
    fn check(validator: &jsonschema::Validator, value: &impl serde::Serialize) {
        let value = serde_json::to_value(value).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    with(PageLanguage::Both, |b| {
        for pupil in b.pupils {
            check(&validator("essay"), &essay_export(b, pupil));
        }
        check(&validator("summary"), &summary(b));
        check(&validator("class-report"), b.class_report);
    });
    // A schema that lets anything through would pass the above.
    assert!(!validator("summary").is_valid(&serde_json::json!({ "essays": [] })));
}

#[test]
fn a_pupils_markup_is_inert() {
    for page in pages() {
        for raw in ["<script>document", "<img", "</textarea", "<b>model", "<script>alert", "<i>takes"] {
            assert!(!page.contains(raw), "{raw} stands unescaped");
        }
        assert_eq!(page.matches("<script").count(), 1, "the page's own script alone");
    }
    let page = with(PageLanguage::En, |b| pupil_page(b, &b.pupils[2]));
    assert!(page.contains("&lt;script&gt;document.title='owned'&lt;/script&gt;"));
}

#[test]
fn pages_ask_for_nothing_from_outside() {
    for page in pages() {
        for foreign in ["http:", "https:", "//cdn", "@import", "url(", "<link", "<iframe", " src="] {
            assert!(!page.replace("src=x onerror", "").contains(foreign), "{foreign} in a page");
        }
        assert!(page.contains("default-src 'none'"));
    }
}

#[test]
fn ids_are_unique_and_what_is_named_is_there() {
    for page in pages() {
        let values = |attribute: &str| -> Vec<String> {
            let pattern = format!(" {attribute}=\"");
            page.match_indices(&pattern)
                .map(|(i, _)| page[i + pattern.len()..].split('"').next().unwrap().to_owned())
                .collect()
        };
        let ids = values("id");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
        let named = values("aria-controls").into_iter().chain(values("aria-labelledby")).chain(values("for"));
        for name in named.chain(values("href").iter().filter_map(|h| h.strip_prefix('#').map(str::to_owned))) {
            assert!(ids.contains(&name), "nothing has the id {name}");
        }
        let passages: Vec<String> =
            values("data-p").iter().flat_map(|p| p.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
        for shown in values("data-show") {
            assert!(passages.contains(&shown), "no passage {shown}");
        }
    }
}

#[test]
fn a_draft_is_named_as_one_and_a_released_page_names_nobody_else() {
    let (draft, released) = with(PageLanguage::En, |b| (pupil_page(b, &b.pupils[0]), pupil_page(b, &b.pupils[2])));
    assert!(draft.contains("The machine drafts, the teacher decides."));
    assert!(draft.contains("Zhang Wei"));
    assert!(!released.contains("Zhang Wei") && !released.contains("href=\"index.html\""));
}

#[test]
fn an_uncalibrated_score_is_no_number() {
    with(PageLanguage::En, |b| {
        let drafted = pupil_page(b, &b.pupils[0]);
        assert!(drafted.contains("Not calibrated: a band, not a score."));
        assert!(!drafted.contains("class=\"number\""));
        assert!(pupil_page(b, &b.pupils[4]).contains("class=\"number\""));
    });
}

#[test]
fn a_dismissed_finding_is_gone() {
    with(PageLanguage::En, |b| {
        let mut mark = b.pupils[1].mark.clone();
        mark.dismissed = b.pupils[1].evidence.findings.iter().map(|f| f.id()).collect();
        let pupil = homeroom_report::PupilBundle { mark: &mark, ..b.pupils[1] };
        let page = pupil_page(b, &pupil);
        assert!(page.contains("Nothing was marked.") && !page.contains("class=\"mk"));
    });
}

#[test]
fn the_class_page_links_to_every_page() {
    with(PageLanguage::En, |b| {
        let page = class_page(b);
        for pupil in b.pupils {
            assert!(page.contains(&format!("href=\"{}\"", page_file(&pupil.evidence.submission.id))));
        }
    });
}

#[test]
fn word_file_carries_the_text_and_the_marks() {
    with(PageLanguage::Both, |b| {
        let pupil = &b.pupils[0];
        let made = annotated_docx(None, b, pupil, DATE).unwrap();
        let plain = homeroom_docx::create(None, &pupil.evidence.document.text).unwrap();
        let own = annotated_docx(Some(&plain), b, pupil, DATE).unwrap();
        for file in [made, own] {
            // Tracked insertions count as text, so the first suggestions can be read in place.
            let text = homeroom_docx::read(&file).unwrap();
            assert!(text.tracked_changes);
            assert!(text.text.contains("phones are bad for our eyes"), "the suggestion stands in the text");
        }
    });
}
