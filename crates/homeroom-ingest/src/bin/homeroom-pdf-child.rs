//! The process that reads one PDF file, for the tests of this crate and for looking into a file by hand: limits and file
//! on standard input, JSON on standard output. The program `homeroom` has the same as a hidden subcommand.

use std::io;

fn main() -> io::Result<()> {
    homeroom_ingest::pdf::child_main(io::stdin().lock(), io::stdout().lock())
}
