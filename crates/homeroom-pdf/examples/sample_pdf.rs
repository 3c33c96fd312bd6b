//! Writes the reports of the sample class as PDF to a folder, to be looked at: `cargo run --example sample_pdf DIR`.

#[path = "../../homeroom-report/tests/it/sample.rs"]
mod sample;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use homeroom_pdf::{class_pdf, pupil_pdf};
use homeroom_report::PageLanguage;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(|| env::temp_dir().join("homeroom-sample-pdf"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let class = sample::Sample::new();
    for (name, language) in [("en", PageLanguage::En), ("zh", PageLanguage::Zh), ("both", PageLanguage::Both)] {
        class.with(language, |bundle| {
            let start = Instant::now();
            fs::write(folder.join(format!("{name}-class.pdf")), class_pdf(bundle)?)?;
            println!("{name} class: {:.0?}", start.elapsed());
            for (n, pupil) in bundle.pupils.iter().enumerate() {
                let start = Instant::now();
                fs::write(folder.join(format!("{name}-pupil-{n}.pdf")), pupil_pdf(bundle, pupil)?)?;
                println!("{name} pupil {n}: {:.0?}", start.elapsed());
            }
            Ok::<_, Box<dyn Error>>(())
        })?;
    }
    println!("{}", folder.display());
    Ok(())
}
