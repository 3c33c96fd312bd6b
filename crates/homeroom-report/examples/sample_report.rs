//! Writes the pages of the tests' sample class to a folder, to be looked at: `cargo run --example sample_report DIR`.

#[path = "../tests/it/sample.rs"]
mod sample;

use std::path::PathBuf;
use std::{env, fs, io};

use homeroom_report::{CLASS_PAGE, PageLanguage, annotated_docx, class_page, page_file, pupil_page};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| env::temp_dir().join("homeroom-sample-report"), PathBuf::from);
    let class = sample::Sample::new();
    for (name, language) in [("en", PageLanguage::En), ("zh", PageLanguage::Zh), ("both", PageLanguage::Both)] {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        class.with(language, |bundle| {
            fs::write(folder.join(CLASS_PAGE), class_page(bundle))?;
            for pupil in bundle.pupils {
                fs::write(folder.join(page_file(&pupil.evidence.submission.id)), pupil_page(bundle, pupil))?;
            }
            let docx = annotated_docx(None, bundle, &bundle.pupils[0], sample::DATE).map_err(io::Error::other)?;
            fs::write(folder.join("first.docx"), docx)
        })?;
    }
    println!("{}", folder.display());
    Ok(())
}
