#!/bin/sh
# How precompiled.normal.json came to be (Debian 12, sentencepiece 0.1.97): its `map` is the precompiled_charsmap of a
# character model trained with the rules below, its `rows` are [text, what that model makes of it], without U+FF21, where
# the tokenizers library cuts by grapheme and SentencePiece does not.
#   apt-get install sentencepiece python3-sentencepiece
#   spm_train --input=in.txt --model_prefix=m --model_type=char --vocab_size=60 --hard_vocab_limit=false \
#     --normalization_rule_tsv=rules.tsv --add_dummy_prefix=false --remove_extra_whitespaces=false
# rules.tsv (code points in hex, a tab between):
#   FB01 -> 66 69;  BD -> 31 2F 32;  FF21 FF22 -> 41 42;  FF21 -> 41 21;  65 301 -> E9;  3000 -> 20;
#   2460 -> 28 31 29;  200B -> nothing;  1D49C -> 41
# The map is field 2 of field 3 of the model file (a protocol buffer).
echo "A record of commands; read it." >&2
