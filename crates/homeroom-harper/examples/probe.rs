use homeroom_core::*;
fn main(){ let t=std::time::Instant::now(); let mut h=homeroom_harper::Harper::new(); println!("start {:?}",t.elapsed());
 let mut n=0;let t=std::time::Instant::now();
 for f in std::env::args().skip(1){ let b=std::fs::read(&f).unwrap(); let s=String::from_utf8_lossy(&b).into_owned(); n+=s.split_whitespace().count();
  for x in h.check(&Document::new(s.clone(),Language::ENGLISH)) { println!("{:?} {} [{}] -> {:?}  {}", x.display,x.checker,x.span.of(&s),x.suggestions.first(), x.explanation.en); } }
 println!("{n} words {:?}",t.elapsed());
 let t=std::time::Instant::now(); let _h2=homeroom_harper::Harper::new(); println!("second {:?}",t.elapsed());
 let s=std::fs::read_to_string("/proc/self/status").unwrap(); for l in s.lines().filter(|l|l.starts_with("VmHWM")||l.starts_with("VmRSS")){println!("{l}");}
}
