//! Makes the table: `build_lexicon FOLDER OUT`.
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = arguments.as_slice() else { return Err("usage: build_lexicon FOLDER OUT".into()) };
    let bytes = homeroom_lexicon::build(&homeroom_lexicon::Sources::in_folder(Path::new(folder))?)?;
    std::fs::write(out, bytes)?;
    Ok(())
}
