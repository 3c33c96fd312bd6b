//! A server for the tests: the sample tools over standard input and output.

mod tools;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if homeroom_mcp::serve_stdio(&tools::sample(), true).await.is_err() {
        std::process::exit(1);
    }
}
