// Writes *.tokenizer.json (our own, trained here on the text below) and *.tokens.json (what @huggingface/tokenizers
// 0.2.0 makes of nasty texts). Run once by a developer, in a folder outside the repository:
//   npm install @huggingface/tokenizers@0.2.0
//   cp <repo>/Gaudi.Tests/Text/Goldens/make_tokenizer_goldens.mjs . && node make_tokenizer_goldens.mjs <repo>/Gaudi.Tests/Text/Goldens
import fs from "node:fs";
import path from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";

const out = process.argv[2];
const words = ("the a of to and in is it you that he was for on are with as I his they be at one have this from or had by "
  + "hot but some what there we can out other were all your when up use word how said an each she which do their time if "
  + "will way about many then them would write like so these her long make thing see him two has look more day could go "
  + "come did my sound no most number who over know water than call first people may down side been now find any new work "
  + "part take get place made live where after back little only round man year came show every good me give our under "
  + "model token stream batch cache rank step layer card node actor kernel").split(" ");
let corpus = "";
let seed = 12345;
const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * n); };
for (let i = 0; i < 2500; i++) corpus += words[random(words.length)] + (random(9) === 0 ? ". " : random(12) === 0 ? ", " : " ");
corpus += "été à la carte, naïve café. Привет мир. 你好世界 你好 天气 你好。 Ωμέγα שלום مرحبا 12 345 6789 don't we'll I'm it's ";

const bytes = [...Array(256).keys()];
const alphabet = {};
{
  let next = 256;
  for (const b of bytes) {
    const printable = (b >= 33 && b <= 126) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    alphabet[b] = String.fromCharCode(printable ? b : next++);
  }
}
const byteLevel = (text) => [...Buffer.from(text, "utf8")].map((b) => alphabet[b]).join("");

function trainBpe(pieces, mergeCount) {
  const counts = new Map();
  for (const piece of pieces) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  let items = [...counts].map(([piece, count]) => [[...piece], count]);
  const merges = [];
  while (merges.length < mergeCount) {
    const pairs = new Map();
    for (const [symbols, count] of items) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const key = symbols[i] + " " + symbols[i + 1];
        pairs.set(key, (pairs.get(key) ?? 0) + count);
      }
    }
    const best = [...pairs].sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [a, b] = best[0].split(" ");
    merges.push([a, b]);
    for (const item of items) {
      const merged = [];
      for (const s of item[0]) {
        if (merged.length && merged[merged.length - 1] === a && s === b) merged[merged.length - 1] = a + b + "\u0000";
        else merged.push(s);
      }
      item[0] = merged.map((s) => s.replace("\u0000", ""));
    }
  }
  return merges;
}

const token = (id, content, more = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false,
  normalized: false, special: true, ...more });
const head = { version: "1.0", truncation: null, padding: null };
const toVocab = (list) => Object.fromEntries(list.map((t, i) => [t, i]));

function llamaStyle() {
  const split = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const js = /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
  const merges = trainBpe(corpus.match(js).map(byteLevel), 300);
  const list = [...bytes.map((b) => alphabet[b]), ...merges.map((m) => m.join(""))];
  const unique = [...new Set(list)];
  unique.push("Ġstreaming"); // Reached by ignore_merges only: no merge makes it.
  const n = unique.length;
  return { ...head,
    added_tokens: [token(n, "<|begin|>"), token(n + 1, "<|end|>"), token(n + 2, "<|left|>", { lstrip: true }),
      token(n + 3, "<|right|>", { rstrip: true }), token(n + 4, "zebra", { special: false, normalized: true, single_word: true })],
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [
      { type: "Split", pattern: { Regex: split }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false }] },
    post_processor: { type: "Sequence", processors: [
      { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
      { type: "TemplateProcessing",
        single: [{ SpecialToken: { id: "<|begin|>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
        pair: [], special_tokens: { "<|begin|>": { id: "<|begin|>", ids: [n], tokens: ["<|begin|>"] } } }] },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
      fuse_unk: false, byte_fallback: false, ignore_merges: true, vocab: toVocab(unique), merges: merges.map((m) => m.join(" ")) } };
}

function gptStyle() {
  const js = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const merges = trainBpe(corpus.normalize("NFC").match(js).map(byteLevel), 250);
  const unique = [...new Set([...bytes.map((b) => alphabet[b]), ...merges.map((m) => m.join(""))])];
  const n = unique.length;
  return { ...head, added_tokens: [token(n, "<s>"), token(n + 1, "</s>")],
    normalizer: { type: "NFC" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    post_processor: { type: "RobertaProcessing", sep: ["</s>", n + 1], cls: ["<s>", n], trim_offsets: true, add_prefix_space: true },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "",
      fuse_unk: false, byte_fallback: false, vocab: toVocab(unique), merges } };
}

function sentencePieceStyle() {
  const pieces = ("▁" + corpus.replaceAll(" ", "▁")).split(/(?=▁)/u);
  const merges = trainBpe(pieces, 250);
  const chars = [...new Set([...("▁" + corpus.replaceAll(" ", "▁"))])].filter((c) => c < "\u0400" || c === "▁" || c === "你").sort();
  const kept = merges.filter((m) => [...m.join("")].every((c) => chars.includes(c)));
  const list = ["<unk>", "<s>", "</s>", ...bytes.map((b) => `<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`), ...chars];
  const unique = [...new Set([...list, ...kept.map((m) => m.join(""))])];
  return { ...head, added_tokens: [token(0, "<unk>"), token(1, "<s>"), token(2, "</s>")],
    normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" },
      { type: "Replace", pattern: { String: " " }, content: "▁" }] },
    pre_tokenizer: null,
    post_processor: { type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }], pair: [],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } } },
    decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] },
    model: { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null,
      fuse_unk: true, byte_fallback: true, vocab: toVocab(unique), merges: kept.map((m) => m.join(" ")) } };
}

function wordPieceStyle() {
  const list = new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
  const bare = corpus.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
  for (const c of [..."abcdefghijklmnopqrstuvwxyz0123456789.,!?'-()"]) { list.add(c); list.add("##" + c); }
  for (const w of bare.match(/\p{L}+/gu)) if (w.length > 2 && [...w].length < 7) list.add(w);
  for (const s of ["##ing", "##ed", "##s", "##er", "##ly", "##tion", "stream", "你", "好", "##ри", "п", "##вет"]) list.add(s);
  return { ...head, added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map((t, i) => token(i, t, t === "[MASK]" ? { lstrip: true } : {})),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "[SEP]", type_id: 0 } }],
      pair: [], special_tokens: { "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] }, "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] } } },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 20, vocab: toVocab([...list]) } };
}

function unigramStyle() {
  const text = corpus.replaceAll(" ", "▁");
  const counts = new Map();
  for (const piece of text.split(/(?=▁)/u)) {
    const c = [...piece];
    for (let i = 0; i < c.length; i++) for (let n = 1; n <= 6 && i + n <= c.length; n++) {
      const s = c.slice(i, i + n).join("");
      counts.set(s, (counts.get(s) ?? 0) + 1);
    }
  }
  const total = text.length;
  const best = [...counts].filter(([s]) => [...s].length === 1 ? s < "\u0400" || s === "▁" || s === "你" : true)
    .sort((x, y) => y[1] * [...y[0]].length - x[1] * [...x[0]].length || (x[0] < y[0] ? -1 : 1))
    .filter(([s], i) => i < 400 || [...s].length === 1);
  const vocab = [["<pad>", 0], ["</s>", 0], ["<unk>", 0],
    ...best.map(([s, n]) => [s, Math.round(Math.log(n / total) * 1e6) / 1e6])];
  return { ...head, added_tokens: [token(0, "<pad>"), token(1, "</s>"), token(2, "<unk>")],
    normalizer: { type: "Sequence", normalizers: [{ type: "NFKC" }, { type: "Replace", pattern: { Regex: " {2,}" }, content: " " }] },
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    post_processor: { type: "TemplateProcessing",
      single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }], pair: [],
      special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } } },
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    model: { type: "Unigram", unk_id: 2, vocab, byte_fallback: false } };
}

const texts = [
  "Hello world", "hello", " leading and trailing ", "the   many   spaces", "tabs\tand\nnew\r\nlines\n\n\nend", "don't we'll I'm it's YOU'RE",
  "👩‍👩‍👧‍👦 family, 👍🏽 thumb, 🇩🇪 flag", "你好世界，天气很好。", "𠮷野家 𝒜𝓫𝟙 non-BMP", "e\u0301te\u0301 cafe\u0301 été", "שלום עולם مرحبا بالعالم",
  "Привет мир", "\u0000\u0001\u001b[0m\u007f control", "a\u200bb\u00adc d", "1234567890 12 3.14 ①②", "!!!??? ... --- ((x))", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "supercalifragilisticexpialidociousword", "ﬁne ｆｕｌｌ ½ ²", "streaming the token stream", "ไทย ภาษา नमस्ते 한국어", "x = {'a': [1, 2]}; // code", " ", "  ", "\n", "中a文b", "ÀÉÎõü İstanbul ΣΑΣ",
];
const specials = {
  llama: ["<|begin|>hi<|end|>", "a <|left|> b", "a  <|right|>  b", "zebra, a zebra.", "<|begin|><|begin|>", "x<|end|>\n\ny", "<|begin", "a<|left|><|right|>b"],
  gpt: ["<s>hi</s>", "a </s> b"],
  sentencepiece: ["<s>hi</s>", "a </s> b", "<unk>", "<0x41>"],
  wordpiece: ["[CLS] hi [SEP]", "a [MASK] b", "[mask]", "hello [UNK]"],
  unigram: ["</s>hi", "a </s> b", "<unk> x"],
};
const makers = { llama: llamaStyle, gpt: gptStyle, sentencepiece: sentencePieceStyle, wordpiece: wordPieceStyle, unigram: unigramStyle };
for (const [name, make] of Object.entries(makers)) {
  const json = make();
  fs.writeFileSync(path.join(out, `${name}.tokenizer.json`), JSON.stringify(json, null, 0).replaceAll("},{", "},\n{") + "\n");
  const tokenizer = new Tokenizer(json, { clean_up_tokenization_spaces: false });
  const rows = [...texts, ...specials[name]].map((text) => {
    const ids = tokenizer.encode(text, { add_special_tokens: true }).ids;
    return { text, ids, decoded: tokenizer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
      skipped: tokenizer.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false }) };
  });
  fs.writeFileSync(path.join(out, `${name}.tokens.json`), "[\n" + rows.map((r) => JSON.stringify(r)).join(",\n") + "\n]\n");
}
