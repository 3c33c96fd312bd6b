//! Tables to test with: small ones written here, and those of the pulled voice.

use std::path::PathBuf;
use std::sync::Arc;

use homeroom_core::ability::{AbilityError, SpellOut};
use homeroom_onnx::HibariReader;
use homeroom_voice::{Accent, FrontEnd, Tables};

/// A few words, and every letter.
const WORDS: &str = r#""hello":"həlˈO","world":"wˈɜɹld","cat":"kˈæt","dog":"dˈɔɡ","school":"skˈul","walk":"wˈɔk",
    "read":{"DEFAULT":"ɹˈid","VBD":"ɹˈɛd"},"to":"tˈu","used":{"DEFAULT":"jˈuzd","VBD":"jˈust"},"am":"æm",
    "I'm":"ˌIm","don't":"dˈOnt","point":"pˈYnt","minus":"mˈInəs","and":"ænd","percent":"pəɹsˈɛnt","at":"æt",
    "dollar":"dˈɑləɹ","cent":"sˈɛnt","zero":"zˈɪɹO","one":"wˈʌn","two":"tˈu","three":"θɹˈi","four":"fˈɔɹ",
    "five":"fˈIv","six":"sˈɪks","seven":"sˈɛvən","eight":"ˈAt","nine":"nˈIn","ten":"tˈɛn","twenty":"twˈɛnti",
    "hundred":"hˈʌndɹəd","thousand":"θˈWzᵊnd","hour":"ˈWəɹ","plus":"plˈʌs""#;

const VOCABULARY: &str = ";:,.!?—…\"()“” AIOQWYabdefhijklmnoprstuvwxyzæɑɐɒɔðʤəɛɜɡɪŋɹɾʃʊʌʒʧˈˌːᵊᵻTθ";

pub(crate) fn written() -> Tables {
    let letters: Vec<String> = ('A'..='Z').map(|c| format!("\"{c}\":\"ˈAb\"")).collect();
    let vocabulary: Vec<String> =
        VOCABULARY.chars().enumerate().map(|(i, c)| format!("{}:{}", serde_json::json!(c), i + 1)).collect();
    Tables {
        normalize: r#"{
            "months": {"jan":"January","feb":"February","mar":"March","may":"May","dec":"December"},
            "titles": {"Mr":"Mister","Dr":"Doctor","St":"Saint"},
            "abbreviations": {"approx.":"approximately","St.":"Street","vs.":"versus","Dr.":"Doctor"},
            "units": {"km":["kilometer","kilometers"],"kg":["kilogram","kilograms"],"min":["minute","minutes"]},
            "symbols": {"=":"equals","~":"about","½":"one half","*":" ","×":"times"},
            "currency": {"¢":["cent","cents"],"$":["dollar","dollars"],"£":["pound","pounds"],"€":["euro","euros"]},
            "roman_cardinal": ["Chapter","World War"],
            "roman_ordinal": ["Henry"]
        }"#
        .to_owned(),
        tokenizer: r#"{"don't":["do","n't"],"Don't":["Do","n't"],"I'm":["I","'m"],"Mr.":["Mr."]}"#.to_owned(),
        tagger: r#"{"tags":["CD","DT","IN","NN","PRP","VB","."],
            "tagdict":{"the":"DT",".":".","!":".","...":":",",":",","?":".","$":"$","(":"-LRB-",")":"-RRB-","I":"PRP","to":"TO"},
            "vocab":["the","cat"],"weights":{"b":{"NN":1.0},"sh=d":{"CD":5.0},"w-1=the":{"NN":1.0}}}"#
            .into(),
        vocabulary: format!("{{{}}}", vocabulary.join(",")),
        gold: format!("{{{WORDS},{}}}", letters.join(",")).into(),
        silver: r#"{"banana":"bənˈænə"}"#.into(),
    }
}

/// Reads every unknown word as its length in "ba".
struct Stub;

impl SpellOut for Stub {
    fn spell_out(&self, word: &str) -> Result<Option<String>, AbilityError> {
        Ok(Some(format!("bˈɑ{}", "bə".repeat(word.chars().count().min(5)))))
    }
}

pub(crate) fn small() -> FrontEnd {
    FrontEnd::new(&written(), Accent::American, Some(Arc::new(Stub))).unwrap()
}

/// The folder of the pulled voice; says so where there is none.
pub(crate) fn pulled() -> Option<PathBuf> {
    let folder = std::env::var_os("HOMEROOM_MODELS").map(|root| PathBuf::from(root).join("hibari"));
    match folder {
        None => println!("skipped: HOMEROOM_MODELS is not set"),
        Some(ref folder) if !folder.is_dir() => println!("skipped: HOMEROOM_MODELS has no hibari"),
        Some(folder) => return Some(folder),
    }
    None
}

pub(crate) fn pulled_front_end(accent: Accent) -> Option<FrontEnd> {
    let folder = pulled()?;
    let reader = HibariReader::load(&folder, accent == Accent::British, 1).unwrap();
    Some(FrontEnd::new(&Tables::read(&folder, accent).unwrap(), accent, Some(Arc::new(reader))).unwrap())
}
