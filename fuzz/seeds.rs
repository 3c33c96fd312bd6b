//! Writes the first inputs of every fuzz target to `corpus/TARGET/`: small files of each format that a target reads, made by
//! calculation. `cargo run --release --example seeds` in this folder.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use homeroom_core::{Hz, Picture, Waveform};
use homeroom_ingest::transcript::{Draft, DraftWord, write};
use image::{DynamicImage, ImageFormat, RgbaImage};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[allow(dead_code)]
#[path = "../crates/homeroom-lm/tests/it/tiny.rs"]
mod tiny;

/// What is sensible to write; a target that can't be written to has no use for the rest.
type Seeds = Vec<Vec<u8>>;

fn main() {
    let targets: [(&str, Seeds); 14] = [
        ("archive", archives()),
        ("docx", docx()),
        ("encoding", encodings()),
        ("gguf", ggufs()),
        ("html", texts(&[HTML, "<p>a<br>b</p>", "&#x4f60;&amp;&bogus;"])),
        ("markdown", texts(&[MARKDOWN, "---\ntitle: My dog\n---\n\nA dog."])),
        (
            "odt",
            vec![zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", ODT.as_bytes())])],
        ),
        ("onnx", onnx()),
        ("picture", pictures()),
        (
            "roster",
            texts(&["S07_Li_Na.txt\0id,name,class,file\nS07,\u{674e}\u{5a1c},3,a.txt;b.txt\n", "a\0name;id\nMei;1"]),
        ),
        ("sound", sounds()),
        ("transcript", transcripts()),
        ("weights", weights()),
        ("wheel", wheels()),
    ];
    for (target, seeds) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder).expect("make the folder of seeds");
        for (i, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{i}")), seed).expect("write a seed");
        }
        println!("{target}: {} seeds", seeds.len());
    }
}

const HTML: &str = "<!doctype html><html><head><meta charset=gbk><title>My dog</title><style>p{}</style></head>\
    <body><h1>My dog</h1><p>It is <b>big</b> &amp; old.</p><ul><li>One</ul><table><tr><td>a<td>b</table><script>x</script>";
const MARKDOWN: &str =
    "# My dog\n\nIt *is* **big** and [old](a.md).\n\n- one\n- two\n\n> said\n\n    code\n\n| a | b |\n|---|---|\n";
const ODT: &str = "<office:document-content xmlns:office=\"o\" xmlns:text=\"t\"><office:body><office:text><text:h>My dog</text:h>\
    <text:p>It<text:s text:c=\"3\"/>is <text:span>big</text:span>.<text:tab/></text:p></office:text></office:body></office:document-content>";

fn texts(texts: &[&str]) -> Seeds {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// One entry stored, the next one deflated.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (i, (name, bytes)) in entries.iter().enumerate() {
        let method = if i % 2 == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).expect("begin an entry");
        zip.write_all(bytes).expect("write an entry");
    }
    zip.finish().expect("finish the archive").into_inner()
}

fn archives() -> Seeds {
    let inner = zip(&[("a.txt", b"A dog.")]);
    vec![zip(&[("a.txt", b"A dog."), ("b/c.md", b"# A cat")]), zip(&[("x.zip", &inner), ("__MACOSX/a", b"")]), zip(&[])]
}

fn wheels() -> Seeds {
    let inner = zip(&[("other.bin", b"no"), ("member.bin", &[7; 300])]);
    vec![
        zip(&[("m/file.zip", &inner)]),
        zip(&[("m/other", b"no"), ("m/file.zip", &inner)]),
        zip(&[("m/file.zip", b"plain")]),
    ]
}

fn docx() -> Seeds {
    let create = |title, text| homeroom_docx::create(title, text).expect("write a Word file");
    vec![create(None, "A dog."), create(Some("My dog"), "It is big.\nIt\tis \u{4f60}\u{597d}.\n\nEnd")]
}

fn encodings() -> Seeds {
    let utf16: Vec<u8> = "\u{FEFF}A dog.\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = vec![0xC4, 0xE3, 0xBA, 0xC3, b',', b' ', b'h', b'i'];
    vec!["It's a dog\u{2019}s life.\r\nYes".as_bytes().to_vec(), utf16, gbk, b"caf\xe9 \x93quoted\x94".to_vec()]
}

fn ggufs() -> Seeds {
    let whole = tiny::Tiny::new();
    let mut small = tiny::Tiny::new();
    small.set("tokenizer.ggml.tokens", tiny::Field::Texts(["<|endoftext|>", "a", "b", "ab"].map(str::to_owned).into()));
    small.set("tokenizer.ggml.token_type", tiny::Field::I32s(vec![3, 1, 1, 1]));
    small.set("tokenizer.ggml.merges", tiny::Field::Texts(vec!["a b".to_owned()]));
    let mut bare = tiny::Tiny::new();
    bare.tensors.truncate(1);
    bare.keys.truncate(9);
    vec![whole.bytes(), small.bytes(), bare.bytes()]
}

fn onnx() -> Seeds {
    // Version 8 of the format, a producer, a graph of three bytes.
    let whole = vec![0x08, 8, 0x12, 2, b'm', b'e', 0x3A, 3, 0x0A, 1, b'x'];
    let long = [&[0x08, 0x88, 0x80, 0x80, 0x10, 0x3A, 0x80, 0x02][..], &[0x0A; 256]].concat();
    vec![whole, long, vec![0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]]
}

fn pictures() -> Seeds {
    let mut plain = Picture::filled(24, 20, [250, 240, 230]);
    (0..20).for_each(|i| plain.set_pixel(i, i, [10, 20, 30]));
    let drawn =
        RgbaImage::from_fn(24, 20, |x, y| image::Rgba([(x * 9) as u8, (y * 11) as u8, 90, 255 - (x * y) as u8]));
    let drawn = DynamicImage::ImageRgba8(drawn);
    let encoded = |picture: DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("write a picture");
        bytes.into_inner()
    };
    let jpeg = encoded(DynamicImage::ImageRgb8(drawn.to_rgb8()), ImageFormat::Jpeg);
    // A phone's note of how it was held: rotated by 90 degrees.
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
    let grey = encoded(DynamicImage::ImageLuma8(drawn.to_luma8()), ImageFormat::Jpeg);
    let heic = include_bytes!("../crates/homeroom-page/tests/fixtures/turned.heic").to_vec();
    vec![homeroom_page::encode_png(&plain), jpeg, turned, grey, encoded(drawn, ImageFormat::WebP), heic]
}

fn sounds() -> Seeds {
    let samples = (0..800).map(|i| (i as f32 * 0.1).sin()).collect();
    let mut wav = Cursor::new(Vec::new());
    homeroom_audio::write_wav(&Waveform { samples, rate: Hz(8_000) }, &mut wav).expect("write a WAV file");
    let wav = wav.into_inner();
    // A frame of MPEG 1 layer III at 128 kbit/s with nothing in it, many times: silence.
    let frame = [&[0xFF, 0xFB, 0x90, 0xC0][..], &[0; 413]].concat();
    let id3 = b"ID3\x04\0\0\0\0\0\x0ATPE1\0\0\0\0\0\0";
    // An AAC frame in its own transport, a header of an MP4 file, the first page of a Vorbis stream.
    let adts = [&[0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC, 0x21, 0x00, 0x49, 0x90][..], &[0; 6]].concat().repeat(6);
    let mp4 = b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42\0\0\0\x6cmoov\0\0\0\x64mvhd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xe8\0\0\x03\xe8".to_vec();
    let vorbis = [&b"\x01vorbis\0\0\0\0\x01\x40\x1f\0\0"[..], &[0; 12], &[0xB8, 1]].concat();
    vec![
        wav,
        frame.repeat(4),
        [id3, &frame.repeat(3)[..]].concat(),
        adts,
        mp4,
        flac(),
        ogg(&vorbis),
        ogg(b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"),
    ]
}

/// One frame of 192 samples, all of them the same.
fn flac() -> Vec<u8> {
    let mut stream = b"fLaC\x80\0\0\x22\0\xC0\0\xC0\0\0\0\0\0\0".to_vec();
    // 8 kHz, one channel, 16 bits, 192 samples; no MD5.
    stream.extend(((8_000_u64 << 44) | (15 << 36) | 192).to_be_bytes());
    stream.extend([0; 16]);
    // Fixed blocks: 192 samples, 8 kHz, mono, 16 bits, frame 0.
    let mut frame = vec![0xFF, 0xF8, 0x14, 0x08, 0x00];
    frame.push(crc(&frame, 8, 0x07) as u8);
    frame.extend([0x00, 0x12, 0x34]);
    frame.extend((crc(&frame, 16, 0x8005) as u16).to_be_bytes());
    stream.extend(frame);
    stream
}

/// The first page of a logical stream, with one packet.
fn ogg(packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01".to_vec();
    page.push(packet.len() as u8);
    page.extend(packet);
    let sum = crc(&page, 32, 0x04C1_1DB7) as u32;
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

/// A cyclic redundancy check of so many bits, highest bit first, from 0.
fn crc(bytes: &[u8], bits: u32, polynomial: u64) -> u64 {
    let top = 1_u64 << (bits - 1);
    let mask = top | (top - 1);
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u64::from(*byte) << (bits - 8)), |sum, _| {
            let shifted = (sum << 1) & mask;
            if sum & top == 0 { shifted } else { shifted ^ polynomial }
        })
    })
}

fn transcripts() -> Seeds {
    let word = |text: &str| DraftWord { text: text.to_owned(), confidence: 0.5, doubtful: text.len() == 3 };
    let draft = Draft {
        paragraphs: vec!["My Dog".split(' ').map(word).collect(), "I has a dcg.".split(' ').map(word).collect()],
        crossed_out: vec!["cat".to_owned()],
        margin: vec!["10".to_owned()],
        red: vec!["good!".to_owned()],
        reader: None,
    };
    let file = write(&draft, "li.jpg", "00ff", "li.transcript.md");
    let more = [
        "---\ntranscript of: a.jpg\n---\nA [b c?] [d?] [e",
        "\u{FEFF}---\r\nstatus\u{FF1A}confirmed\r\ntranscript of\u{FF1A}a\r\n---\r\n",
    ];
    std::iter::once(file.into_bytes()).chain(texts(&more)).collect()
}

fn weights() -> Seeds {
    let header = r#"{"__metadata__":{"format":"pt"},"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]},"embeddings.position_embeddings.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[32,64]}}"#;
    let safetensors = [&[0][..], &(header.len() as u64).to_le_bytes(), header.as_bytes(), &[1; 64]].concat();
    let text = |text: &str| [&(text.len() as u16 + 1).to_le_bytes()[..], text.as_bytes(), b"\0"].concat();
    let ctranslate2 = |step: u8, variables: &[(&str, &[u32])]| {
        let mut file = [&[step][..], &6_u32.to_le_bytes(), &text("WhisperSpec"), &3_u32.to_le_bytes()].concat();
        file.extend((variables.len() as u32).to_le_bytes());
        for (name, shape) in variables {
            file.extend(text(name));
            file.push(shape.len() as u8);
            shape.iter().for_each(|n| file.extend(n.to_le_bytes()));
            file.push(0);
            let bytes = vec![1; shape.iter().product::<u32>() as usize * 4];
            file.extend((bytes.len() as u32).to_le_bytes());
            file.extend(bytes);
        }
        file
    };
    let encoder = ctranslate2(
        1,
        &[("encoder/conv1/weight", &[4, 2, 3]), ("encoder/conv1/bias", &[4]), ("encoder/num_heads", &[])],
    );
    let decoder =
        ctranslate2(2, &[("decoder/embeddings/weight", &[3, 4]), ("decoder/position_encodings/encodings", &[2, 4])]);
    vec![safetensors, encoder, decoder]
}
