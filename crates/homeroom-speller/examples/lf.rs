//! x
use homeroom_lexicon::Lexicon;
use homeroom_speller::*;
fn main() {
    let l = Lexicon::shipped();
    let d = "/work/shared/data/gec-en/";
    let rd = |p: &str| std::fs::read_to_string(format!("{d}{p}")).unwrap();
    let t = std::time::Instant::now(); let _=l.contains("x"); println!("lexicon {:?}", t.elapsed());
    let t = std::time::Instant::now(); let _=suggest(l,"becouse",None,None); println!("first suggest {:?}", t.elapsed());
    let refs: Vec<String> = (0..4).map(|i| rd(&format!("jfleg-dev/dev.ref{i}"))).collect();
    let r: Vec<&str> = refs.iter().map(String::as_str).collect();
    let j = collect_pairs(l, &rd("jfleg-dev/dev.src"), &r);
    let refs: Vec<String> = (0..4).map(|i| rd(&format!("gmeg-dev/fce/ref{i}"))).collect();
    let r: Vec<&str> = refs.iter().map(String::as_str).collect();
    let f = collect_pairs(l, &rd("gmeg-dev/fce/source"), &r);
    let even: Vec<Pair> = j.iter().filter(|p| p.line % 2 == 0).cloned().collect();
    let odd: Vec<Pair> = j.iter().filter(|p| p.line % 2 == 1).cloned().collect();
    for (n, s) in [("even", &even), ("odd", &odd), ("fce", &f)] {
        let t = std::time::Instant::now();
        let m = measure_spelling(Speller::shipped(), s);
        println!("{n} n {} first {:?} offered {:?} ms/word {:?}", m.n(), m.first_share(), m.offered_share(), t.elapsed() / m.n() as u32);
        if n == "even" && std::env::args().len()>1 { for (p, ok) in s.iter().zip(&m.first) { if !ok {
            println!("  {:?} {} {:?} -> {} : {}", p.previous, p.written, p.next, p.meant, suggest(l,&p.written,p.previous.as_deref(),p.next.as_deref()).iter().map(|c| format!("{} {:.2}", c.word, c.score)).collect::<Vec<_>>().join(", ")); } } }
    }
    // search
    let mut w = Weights::default();
    let eval = |w: Weights| { let sp = Speller::new(l).with_weights(w); let mut acc=0.0f64; let mut ll=0.0f64;
        for p in &even { let c = sp.suggest(&p.written,p.previous.as_deref(),p.next.as_deref());
            if c.first().is_some_and(|c|c.word.to_lowercase()==p.meant) {acc+=1.0;}
            ll += f64::from(c.iter().find(|c|c.word.to_lowercase()==p.meant).map_or(-6.0,|c|c.score.max(-6.0))); }
        let n=even.len() as f64; (ll/n + 3.0*acc/n, acc/n, ll/n) };
    if std::env::args().nth(1).as_deref()==Some("search") {
    let mut best = eval(w); println!("{best:?}");
    for round in 0..3 { for k in 0..7 { for f in [0.6f32,0.8,1.25,1.6] { let mut v=w; { let x=[&mut v.slip,&mut v.frequency,&mut v.neighbour,&mut v.neighbour_share,&mut v.level,&mut v.name,&mut v.misfit]; let x:Vec<&mut f32>=x.into_iter().collect(); let mut x=x; *x[k]*=f; }
        if v.neighbour_share>0.95 {v.neighbour_share=0.95;}
        let e=eval(v); if e.0>best.0+1e-4 {best=e; w=v; println!("{round} {best:?} {w:?}");} } } }
    let sp = Speller::new(l).with_weights(w);
    for (n, s) in [("even", &even), ("odd", &odd), ("fce", &f)] { let m = measure_spelling(&sp, s); println!("{n} {} {:?} {:?}", m.n(), m.first_share(), m.offered_share()); }
    }
}
