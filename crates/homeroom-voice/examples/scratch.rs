use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;
use homeroom_voice::*;
fn main() {
    let folder = std::path::PathBuf::from("/tmp/models/store/hibari");
    let british = std::env::args().nth(1).as_deref() == Some("gb");
    let mode = std::env::args().nth(2);
    let accent = if british { Accent::British } else { Accent::American };
    let t = Instant::now();
    let tables = Tables::read(&folder, accent).unwrap();
    eprintln!("read {:?}", t.elapsed());
    let unknown = Arc::new(homeroom_onnx::HibariReader::load(&folder, british, 1).unwrap());
    eprintln!("reader {:?}", t.elapsed());
    let front = FrontEnd::new(&tables, accent, Some(unknown)).unwrap();
    eprintln!("load {:?}", t.elapsed());
    if mode.as_deref() == Some("say") {
        let voice = Arc::new(homeroom_onnx::Hibari::load(&folder, "hibari.onnx", 2).unwrap());
        eprintln!("voice {:?}", t.elapsed());
        let speaker = Speaker::new(front, voice, homeroom_core::Hz(24000), None);
        let text = std::io::read_to_string(std::io::stdin()).unwrap();
        for round in 0..3 {
            let t = Instant::now();
            let mut all = Vec::new();
            for piece in speaker.stream(&text, 1.0).unwrap() {
                let piece = piece.unwrap();
                eprintln!("{round} {:?} {:?} {:.2}s {:?}", t.elapsed(), piece.kind, piece.sound.duration().0, piece.span.of(&text));
                if round == 0 { for w in &piece.words { eprintln!("   {:.2}-{:.2} {} [{}] {}", w.start.0, w.end.0, w.text, w.span.of(&text), w.phones.iter().map(|p| p.phone.as_str()).collect::<Vec<_>>().join(" ")); } }
                all.extend(piece.sound.samples);
            }
            if round == 0 { let f = std::fs::File::create("/tmp/h/speak/out.wav").unwrap();
            homeroom_audio::write_wav(&homeroom_core::Waveform { samples: all, rate: homeroom_core::Hz(24000) }, f).unwrap(); }
        }
        return;
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        if mode.as_deref() == Some("norm") { println!("{}", front.normalized(&line)); } else { println!("{}", front.phones(&line, 0).unwrap().text()); }
    }
}
