//! OpenAI's own client for Python against the server.

use std::path::PathBuf;
use std::process::Stdio;

use crate::stubs::Server;
use homeroom_serve::ApiKey;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openai_client() {
    let python = std::env::var_os("HOMEROOM_SDKS").map(|folder| PathBuf::from(folder).join("venv/bin/python"));
    let Some(python) = python.filter(|python| python.exists()) else {
        println!("skipped: openai_client needs HOMEROOM_SDKS to name a folder made by scripts/fetch-sdks.sh");
        return;
    };
    let server = Server::start(|service| service.keys = vec![ApiKey::new("sdk", "sk-for-the-sdk-test").unwrap()]).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openai_client.py");
    let url = format!("http://{}/v1", server.at);
    let run = move || {
        std::process::Command::new(python).args([script, &url, "sk-for-the-sdk-test"]).stdin(Stdio::null()).output()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    println!("{out}");
}
