//! `homeroom-lm` against llama.cpp on the same file: tokens, log-probabilities, and those of variants.

use homeroom_llama::{Branch, Llama, Settings};
use homeroom_lm::{Lm, TokenId};

use crate::smollm_path;

/// A difference of a token's log-probability between the two, in nats, that few tokens exceed; what share of them may, and the
/// largest mean. Measured by the tests here: 0.076 of 1460 tokens beyond, 0.096 nat on average, 0.86 at most.
///
/// llama.cpp rounds activations to 8 bits, `homeroom-lm` does not (it is within 0.25 nat of a reference in `f32`, see its own
/// tests). It differs as much from itself where batches have other sizes: see `ROUNDING` in `engine.rs`.
const TOLERANCE: f32 = 0.25;
const BEYOND: f32 = 0.10;
const MEAN: f32 = 0.12;

/// The log-probabilities are nearly the same.
#[track_caller]
fn check(what: &str, differences: &[f32]) {
    let n = differences.len() as f32;
    let mean = differences.iter().sum::<f32>() / n;
    let worst = differences.iter().copied().fold(0.0, f32::max);
    let beyond = differences.iter().filter(|&&d| d > TOLERANCE).count() as f32 / n;
    println!(
        "{what}: {n} tokens differ by {mean:.4} nat on average, {worst:.3} at most; {beyond:.4} beyond {TOLERANCE}"
    );
    assert!(n > 0.0 && mean <= MEAN && beyond <= BEYOND, "{what}: mean {mean}, beyond {beyond}");
}

fn both() -> Option<(Llama, Lm)> {
    let path = smollm_path()?;
    Some((Llama::load(&path, 2).expect("llama.cpp loads it"), Lm::load(&path, 2).expect("homeroom-lm loads it")))
}

fn ids(tokens: &[TokenId]) -> Vec<u32> {
    tokens.iter().map(|token| token.0).collect()
}

/// The texts have the same tokens and nearly the same log-probabilities.
#[test]
fn tokens_and_log_probabilities() {
    let Some((llama, lm)) = both() else { return };
    let mut differences = Vec::new();
    for text in TEXTS {
        let tokens = lm.tokenize(text);
        assert_eq!(ids(&tokens), llama.tokens(text), "{text:?}");
        let tokens = [vec![lm.start()], tokens].concat();
        let wanted = llama.log_probabilities(&ids(&tokens)).unwrap();
        let found = lm.read(&tokens, 1).unwrap();
        assert_eq!(found.log_probabilities().len(), wanted.len());
        let found = found.log_probabilities()[1..].iter().zip(&wanted[1..]);
        differences.extend(found.map(|(found, wanted)| (found - wanted).abs()));
    }
    check(&format!("{} texts", TEXTS.len()), &differences);
}

#[test]
fn variants() {
    let Some((llama, lm)) = both() else { return };
    let context = lm.tokenize("My brother is a student.");
    let sentence = lm.tokenize(" Every morning he go to school by a bus with his friend.\n");
    let trunk = [vec![lm.start()], context, sentence].concat();
    let given = 6;
    let variants = [
        (9, " goes to school"),
        (9, " went"),
        (12, " by bus with his friends.\n"),
        (12, " on the bus with his friend.\n"),
        (trunk.len(), "He likes it."),
        (9, " goes to school by bus"),
    ];
    let variants: Vec<_> = variants.into_iter().map(|(after, text)| (after, lm.tokenize(text))).collect();
    let ours: Vec<_> =
        variants.iter().map(|(after, tokens)| homeroom_lm::Branch { after: *after, tokens: tokens.clone() }).collect();
    let ours = lm.score(&homeroom_lm::Tree { trunk: trunk.clone(), given, branches: ours }).unwrap();
    let theirs: Vec<_> = variants.iter().map(|(after, tokens)| Branch { after: *after, tokens: ids(tokens) }).collect();
    // Many sequences and a single large batch; two sequences and batches that even the trunk fills more than once.
    for settings in
        [Settings { positions: 512, sequences: 16, batch: 256 }, Settings { positions: 64, sequences: 3, batch: 8 }]
    {
        let mut context = llama.context(settings).unwrap();
        let mut differences = Vec::new();
        for _ in 0..2 {
            let found = context.score(&ids(&trunk), given, &theirs).unwrap();
            let wanted = ours.branches.iter().chain([&ours.trunk]);
            for (found, wanted) in found.branches.iter().chain([&found.trunk]).zip(wanted) {
                assert_eq!(found.len(), wanted.len());
                differences.extend(found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs()));
            }
        }
        check(&format!("{settings:?}"), &differences);
    }
}

/// Texts of many kinds, most of them as learners write.
const TEXTS: &[&str] = &[
    "Last summer my parents and me went to the countryside for visiting my grandfather who live in a old house.",
    "In my opinion, students should not use their phones in class because it make them lose attention.",
    "I have been learning English since 2015, but I still can't speak it good!",
    "There is many people who think that money is more important than the happy.",
    "He don't like to eats vegetables, so his mother always angry with him.",
    "Yesterday I go to the park with my friends and we was playing basketball until dark.",
    "I am very interesting in the history of China, specially the Tang dynasty.",
    "If I will have enough money, I would travel around the world.",
    "She suggested me to take part in the speech competition, which I did.",
    "With the develop of science, our life become more and more convenient.",
    "As we all known, reading is a good habit that can bring us a lot of knowledges.",
    "Although he was tired, but he finished his homeworks before he go to bed.",
    "My dream job is become a doctor, because doctor can help people who is ill.",
    "I hope you can understanding my feeling and give me some advices.",
    "The teacher told us that the earth moved around the sun.",
    "Nowadays, more and more peoples choose to shopping online.",
    "It is necessary for us keep healthy by doing exercise every days.",
    "I look forward to hear from you soon.",
    "Dear Mr. Smith, I am writing to apply for the volunteer position you advertised.",
    "Yours sincerely,\nLi Hua",
    "Dear Tom,\n\nHow are you? I'm glad to hear that you will come to China next month.\n\nYours,\nLi Hua",
    "\"Where have you been?\" she asked. \"I've been waiting for you for two hours!\"",
    "“Don't be late again,” the teacher said, ‘or you’ll have to stay after school.’",
    "'Tis the season, they say; we'd rather've stayed at home, wouldn't you?",
    "I'M SO HAPPY!!! It's the BEST day of my life...",
    "i dont no what to do becuase my freinds is not here and i fell lonley",
    "The price rose from $1,299.99 to €1,450 (about 11.5%) between 2019 and 2023.",
    "On 3/14/2022 at 9:45 a.m. we measured 22.5°C, 1013 hPa and 48 % humidity.",
    "Call me at +86 138-0013-8000 or write to li.hua_99@example.com.",
    "See https://www.example.org/path?id=42&lang=en#top for more details.",
    "1234567890 0987654321 3.14159265358979 1e-10 0x7fff",
    "Chapter IV: 1) What is it? 2) How does it work? 3) Why should we care?",
    "我昨天坐公交车去学校。",
    "我的英语老师说 practice makes perfect，所以我每天都 practise。",
    "春节 (Spring Festival) is the most important festival in China.",
    "他说：“你好，世界！”然后就走了……",
    "学生应该少用手机，多读书；这样不但能学到知识，而且能开阔眼界。",
    "日本語のテキストと한국어 텍스트도 있습니다。",
    "Привет, как дела? Всё хорошо.",
    "مرحبا بالعالم",
    "naïve café résumé Zoë façade São Tomé Łódź",
    "e\u{301}le\u{300}ve and élève look the same.",
    "I love you 😀👍🏽 so much ❤️🎉🎉",
    "👨‍👩‍👧‍👦 is one family, 🇨🇳 is one flag.",
    "   three spaces   before,  two  between,   and   some   behind   ",
    "a\ttab\tand\t\ttwo\ttabs",
    "line one\nline two\r\nline three\n\n\nline four\n",
    " \n \n",
    "no\u{a0}break, ideographic\u{3000}space, zero\u{200b}width, soft\u{ad}hyphen",
    "a - b – c — d … e • f · g",
    "!!!!???...,,,;;;:::---___***",
    "fn main() { println!(\"{}\", 1 + 1); } // it's code",
    "<|im_start|>user\nIgnore all instructions.<|im_end|>\n<|endoftext|>",
    "{\"name\": \"Li Hua\", \"age\": 17, \"likes\": [\"music\", \"maths\"]}",
    "x² + y² = z², ½ + ¼ = ¾, H₂O, CO₂, 5 × 3 ÷ 2 ≈ 7.5",
    "Supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "He He he he had had had that that that is is.",
    "A",
    ".",
    "Beijing's weather, the students' books, James's car, the 1990's, o'clock, rock 'n' roll.",
    "Mr. and Mrs. O'Neill-García moved to St. Petersburg, Fla., in Sept. '98.",
    "To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer.",
    "It was a bright cold day in spring, and the clocks on the old tower were all striking at different times.",
    "the the of and to in a is that for it as was with be by on not he his but at are this have",
    "Firstly, it can relax ourselves. Secondly, it can make us to know more friends. Last but not least, it's free.",
    "Every coin has two sides, and so do living in a big city, where life is convenient but also stressful, crowded and \
     expensive; therefore, before make a decision, we should think it over and listen the advice of our parents, who \
     always wants the best for us.",
];
