//! Files by HTTP.

use std::net::TcpListener;
use std::{fs, thread};

use homeroom_models::{Had, ModelsError, Sources};

use crate::world::{HUB, HUB_PATH, Reply, Server, World, file, hubs, model, nowhere, sha256, weights};

const SIZE: usize = 300_000;

fn one_file(bytes: &[u8]) -> World {
    World::new(&[model("m", &file("model.bin", bytes, HUB))])
}

#[test]
fn whole() {
    let bytes = weights(1, SIZE);
    let world = one_file(&bytes);
    let served = bytes.clone();
    let server = Server::new(move |_, _| Reply::whole(&served));
    assert_eq!(world.pull("m", &hubs(&[&server])).unwrap(), Had::Fetched);
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert_eq!(server.requests(), [(HUB_PATH.to_owned(), None)]);
    assert!(world.record("m").contains(&format!("{}{HUB_PATH}", server.url)));

    // A second pull asks nobody.
    assert_eq!(world.pull("m", &hubs(&[&server])).unwrap(), Had::Already);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(world.pull_again("m", &hubs(&[&server]), true).unwrap(), Had::Fetched);
    assert_eq!(server.requests().len(), 2);
    world.check_whole("m", &[("model.bin", &bytes)]);
}

/// One hub that behaves as told, and the requests that it must get.
#[track_caller]
fn check(answer: impl Fn(&[u8], usize, Option<usize>) -> Reply + Send + 'static, requests: &[Option<usize>]) {
    let bytes = weights(2, SIZE);
    let world = one_file(&bytes);
    let served = bytes.clone();
    let server = Server::new(move |number, (_, from)| answer(&served, number, *from));
    world.pull("m", &hubs(&[&server])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert_eq!(server.requests().iter().map(|(_, from)| *from).collect::<Vec<_>>(), requests);
    assert_eq!(world.said.notes(), [""; 0]);
}

#[test]
fn goes_on_where_it_was_cut_off() {
    check(
        |bytes, number, from| match number {
            0 => Reply::asked(bytes, from).cut(1000),
            1 => Reply::asked(bytes, from).cut(500),
            _ => Reply::asked(bytes, from),
        },
        &[None, Some(1000), Some(1500)],
    );
}

#[test]
fn a_server_that_knows_no_ranges() {
    check(
        |bytes, number, _| if number == 0 { Reply::whole(bytes).cut(1000) } else { Reply::whole(bytes) },
        &[None, Some(1000)],
    );
}

/// Two hubs of which the first fails, what is asked of the second and what is said about the first.
#[track_caller]
fn check_mirror(
    first: impl Fn(&[u8], usize, Option<usize>) -> Reply + Send + 'static,
    asked: &[Option<usize>],
    said: &str,
) {
    let bytes = weights(3, SIZE);
    let world = one_file(&bytes);
    let (served, also) = (bytes.clone(), bytes.clone());
    let hub = Server::new(move |number, (_, from)| first(&served, number, *from));
    let mirror = Server::new(move |_, (_, from)| Reply::asked(&also, *from));
    world.pull("m", &hubs(&[&hub, &mirror])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert_eq!(mirror.requests().iter().map(|(_, from)| *from).collect::<Vec<_>>(), asked);
    let host = hub.url.trim_start_matches("http://");
    assert_eq!(world.said.notes(), [format!("m: model.bin: {host}: {said}")]);
}

#[test]
fn the_mirror_is_asked_next() {
    check_mirror(|_, _, _| Reply::status(404), &[None], "it answers 404");
    check_mirror(|_, _, _| Reply::status(503), &[None], "it answers 503");
    check_mirror(
        |_, _, _| Reply::whole(b"<html>Please sign in</html>"),
        &[None],
        "another file than the catalogue names (27 bytes instead of 300000)",
    );
    check_mirror(
        |_, _, _| Reply::whole(&weights(99, SIZE)),
        &[None],
        "another file than the catalogue names (SHA-256 differs)",
    );
}

#[test]
fn the_mirror_goes_on_from_the_hub_s_beginning() {
    check_mirror(
        |bytes, number, _| if number == 0 { Reply::whole(bytes).cut(700) } else { Reply::status(500) },
        &[Some(700)],
        "it answers 500",
    );
}

#[test]
fn a_wrong_beginning_does_not_spoil_the_mirror() {
    check_mirror(
        |_, number, _| if number == 0 { Reply::whole(&weights(99, SIZE)).cut(700) } else { Reply::status(500) },
        // The whole has the wrong hash, so it is fetched from its beginning.
        &[Some(700), None],
        "it answers 500",
    );
}

#[test]
fn redirects_are_followed() {
    let bytes = weights(4, SIZE);
    let world = one_file(&bytes);
    let served = bytes.clone();
    let store = Server::new(move |_, (_, from)| Reply::asked(&served, *from));
    let target = store.url.clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hub = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 302 X\r\nLocation: {target}/cdn\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
    });
    world.pull("m", &Sources { hubs: vec![hub], ..nowhere() }).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert_eq!(store.requests(), [("/cdn".to_owned(), None)]);
}

#[test]
fn a_host_that_is_not_there_is_asked_once() {
    let (one, two) = (weights(5, 100), weights(6, 100));
    let files = file("one.bin", &one, HUB) + &file("two.bin", &two, HUB);
    let world = World::new(&[model("m", &files)]);
    // A port that was free a moment ago.
    let gone = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let mirror = Server::new(move |number, _| Reply::whole(if number == 0 { &one } else { &two }));
    world.pull("m", &Sources { hubs: vec![gone, mirror.url.clone()], ..nowhere() }).unwrap();
    assert_eq!(world.said.notes().len(), 1, "{:?}", world.said.notes());
}

#[test]
fn without_a_source_nothing_is_there_but_what_helps_the_next_pull() {
    let bytes = weights(7, SIZE);
    let world = one_file(&bytes);
    let served = bytes.clone();
    let server = Server::new(move |number, (_, from)| match number {
        0 => Reply::whole(&served).cut(1234),
        1 => Reply::status(500),
        _ => Reply::asked(&served, *from),
    });
    let error = world.pull("m", &hubs(&[&server])).unwrap_err();
    assert!(matches!(error, ModelsError::NoSource { .. }), "{error}");
    assert_eq!(world.left(), [".fetch", ".lock"]);
    let part = world.store.root().join(format!(".fetch/{}.part", sha256(&bytes)));
    assert!(fs::read(part).unwrap() == bytes[..1234]);
    assert!(matches!(world.store.folder("m"), Err(ModelsError::NotPulled { .. })));

    world.pull("m", &hubs(&[&server])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert_eq!(server.requests()[2].1, Some(1234));
}

#[test]
fn a_model_that_cannot_be_had_does_not_hold_up_the_others() {
    let bytes = weights(8, 100);
    let models = [model("a", &file("model.bin", b"nobody has this", HUB)), model("b", &file("model.bin", &bytes, HUB))];
    let world = World::new(&models);
    let served = bytes.clone();
    let server = Server::new(move |_, _| Reply::whole(&served));
    let names = ["a".to_owned(), "b".to_owned()];
    let pulled = homeroom_models::pull(&world.store, &names, &hubs(&[&server]), false, &world.said).unwrap();
    assert!(pulled[0].result.is_err());
    assert_eq!(pulled[1].result.as_ref().unwrap(), &Had::Fetched);
    world.store.verify("b").unwrap();
}
