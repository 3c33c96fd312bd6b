use homeroom_ingest::language::detect;

#[test]
fn languages() {
    let cases = [
        ("My father he like play the basketball very much and I am agree with him.", Some("en")),
        ("I like dog.", Some("en")),
        ("Good morning teacher", Some("en")),
        ("Dear Peter", Some("en")),
        ("In my hometown 豆腐脑 is very famous, we eat 豆腐脑 and 油条 every morning.", Some("en")),
        ("Yestoday I go to the libary with my frend, we readed many intresting book.", Some("en")),
        ("今天天气很好，我和妹妹去公园放风筝。", Some("zh")),
        ("我最喜欢的英文歌是 Yesterday Once More，因为它很好听。", Some("zh")),
        ("今日は妹と公園へ行きました。とても楽しかったです。", Some("ja")),
        ("Hier je suis allé au marché avec ma sœur et nous avons acheté des pommes et du fromage.", Some("fr")),
        ("Gestern bin ich mit meiner Schwester auf den Markt gegangen, und wir haben Äpfel gekauft.", Some("de")),
        ("Вчера мы с сестрой ходили на рынок и купили яблоки.", Some("ru")),
        ("", None),
        ("123 !? 456", None),
    ];
    for (text, expected) in cases {
        let found = detect(text);
        assert_eq!(found.as_ref().map(|l| l.tag()), expected, "{text}");
    }
}
