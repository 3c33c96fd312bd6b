//! LibreOffice opens what we write. Without LibreOffice on the machine the tests say so and pass.

use std::path::Path;
use std::process::Command;

use homeroom_docx::{annotate, create, read};

use crate::{DATE, at, docx};

/// `content.xml` of the file as LibreOffice saves it in its own format.
fn through_office(bytes: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("essay.docx");
    std::fs::write(&file, bytes).unwrap();
    // A profile of its own, so that tests can run side by side.
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let run = Command::new("soffice")
        .args([profile.as_str(), "--headless", "--convert-to", "odt", "--outdir"])
        .arg(folder.path())
        .arg(&file)
        .output();
    let Ok(output) = run else {
        println!("skipped: soffice is not installed");
        return None;
    };
    let odt = folder.path().join("essay.odt");
    assert!(
        Path::new(&odt).is_file(),
        "LibreOffice did not open the file: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(crate::part(&std::fs::read(&odt).unwrap(), "content.xml"))
}

#[test]
fn annotated_file_opens_and_shows_its_comments() {
    let bytes = docx(
        r#"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">Yesterday I go to </w:t></w:r><w:r><w:t>the park.</w:t></w:r></w:p><w:p><w:r><w:t>My father he likes flower.</w:t></w:r></w:p>"#,
    );
    let text = read(&bytes).unwrap().text;
    let annotations = [
        at(&text, "go", "Use the past tense: went.\n用过去时。", Some("went")),
        at(&text, "to the park", "Well said.", None),
        at(&text, "he ", "One subject is enough.", Some("")),
        at(&text, "flower", "Plural here.", Some("flowers")),
    ];
    let Some(content) = through_office(&annotate(&bytes, &annotations, DATE).unwrap()) else { return };
    for shown in ["Use the past tense: went.", "用过去时。", "Well said.", "One subject is enough.", "Plural here."]
    {
        assert!(content.contains(shown), "LibreOffice lost a comment: {shown}");
    }
    assert_eq!(content.matches("<office:annotation ").count(), 4);
    assert_eq!(content.matches("<text:insertion>").count(), 2);
    assert_eq!(content.matches("<text:deletion>").count(), 3);
    assert_eq!(content.matches("<dc:creator>Homeroom</dc:creator>").count(), 9);
}

#[test]
fn made_file_opens() {
    let bytes = create(Some("My <Summer>"), "First paragraph.\n\n\t第二段。").unwrap();
    let Some(content) = through_office(&bytes) else { return };
    assert!(content.contains("First paragraph.") && content.contains("第二段。"));
}
