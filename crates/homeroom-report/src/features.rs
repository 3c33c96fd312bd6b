//! What the features are called for a reader who is no linguist.

use homeroom_core::Bilingual;

/// Id, English, Chinese.
const FEATURES: [(&str, &str, &str); 52] = [
    ("developed_words", "Own words, each thought said once", "自己的、不重复的词数"),
    ("repeated_share", "Repeated sentences", "重复的句子"),
    ("copied_share", "Copied from the task", "抄自题目"),
    ("prompt_relevance", "How much of the task's topic is taken up", "题目主题词的覆盖程度"),
    ("prompt_coverage", "Points of the task that are answered", "题目要点的完成程度"),
    ("topic_similarity", "How closely it keeps to the topic (0 to 1)", "与主题的贴合程度（0 到 1）"),
    ("paragraphs", "Paragraphs", "段落"),
    ("paragraph_balance", "How even the paragraphs are", "段落长短是否均衡"),
    ("connective_rate", "Linking words", "连接词"),
    ("connective_types", "Different linking words", "不同的连接词"),
    ("connective_classes", "Kinds of link (time, reason, contrast, …)", "连接关系的种类（时间、原因、转折等）"),
    ("linked_sentence_share", "Sentences that take up the one before", "承接上一句的句子"),
    ("frame", "Opening and closing", "开头与结尾"),
    ("mean_word_letters", "Length of words", "平均词长"),
    ("mean_zipf", "How common the words are (7 is “the”, 3 is rare)", "词语的常见程度（7 如 the，3 为少见）"),
    ("sophisticated_share", "Less common words", "较少见的词"),
    ("a1_share", "Beginners' words (A1)", "入门词汇（A1）"),
    ("b1_plus_share", "Words of level B1 and above", "B1 及以上词汇"),
    ("b2_plus_share", "Words of level B2 and above", "B2 及以上词汇"),
    ("mattr", "Different words within any 50", "每 50 词中不同词的比例"),
    ("mtld", "Words before the wording repeats itself", "用词出现重复前的词数"),
    ("root_ttr", "Range of words", "词汇丰富度"),
    ("pair_association", "How well neighbouring words go together", "相邻词语搭配的紧密程度"),
    ("unseen_pair_share", "Unusual neighbours", "少见的词语搭配"),
    ("collocation_rate", "Words that do not go together", "搭配不当"),
    ("mean_sentence_words", "Length of sentences", "平均句长"),
    ("sentence_words_spread", "How much the length of sentences varies", "句长变化"),
    ("run_on_share", "Words in over-long sentences", "过长句子所占词数"),
    ("clauses_per_sentence", "Clauses in a sentence", "每句的分句数"),
    ("dependent_clause_share", "Subordinate clauses", "从句比例"),
    ("subordination_kinds", "Kinds of subordinate clause", "从句种类"),
    ("subordinators", "Different words that open a clause", "不同的从句引导词"),
    ("opening_variety", "Variety of sentence openings", "句首变化"),
    ("relative_rate", "Relative clauses", "定语从句"),
    ("passive_rate", "Passives", "被动句"),
    ("participle_rate", "Participles", "分词结构"),
    ("noun_modifiers", "Words that describe a noun", "名词的修饰语"),
    ("grammar_error_rate", "Errors of grammar and wording", "语法与用词错误"),
    ("verb_error_rate", "Errors with verbs", "动词错误"),
    ("noun_error_rate", "Errors with nouns", "名词错误"),
    ("function_word_error_rate", "Errors with articles, prepositions, pronouns", "冠词、介词、代词错误"),
    ("word_order_error_rate", "Other errors of wording and word order", "其他用词与语序错误"),
    ("error_free_share", "Sentences without an error", "没有错误的句子"),
    ("spelling_error_rate", "Spelling errors", "拼写错误"),
    ("punctuation_error_rate", "Punctuation errors", "标点错误"),
    ("capital_error_rate", "Errors with capitals", "大小写错误"),
    ("lower_case_start_share", "Sentences that begin in lower case", "句首未大写"),
    ("spacing_fault_rate", "Missing or stray spaces", "空格错误"),
    ("prompt_meaning", "How near its meaning is to the task (0 to 1)", "内容与题目的语义贴合程度（0 到 1）"),
    ("off_prompt_share", "Words in paragraphs about something else", "偏离题目的段落所占词数"),
    ("reworded_share", "The task in other words", "换词复述题目的部分"),
    ("paragraph_drift", "How far the paragraphs drift apart", "段落之间的主题偏移"),
];

/// What a feature of the English traits is called; `None` for one that is not known here.
#[must_use]
pub fn feature_words(id: &str) -> Option<Bilingual> {
    FEATURES.iter().find(|(i, ..)| *i == id).map(|(_, en, zh)| Bilingual::new(*en, *zh))
}
