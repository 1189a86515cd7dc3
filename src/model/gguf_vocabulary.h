// The tokenizer in a GGUF file's metadata: tokenizer.ggml.* and the chat template.
#pragma once

#include <string>
#include <vector>

#include "io/gguf_metadata.h"
#include "tokenizer/gguf_vocabulary.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::model {

/// True when the file has a vocabulary at all.
bool has_gguf_vocabulary(const io::GgufMetadata& metadata);

/// Reads the keys. Errors: kCorruptData naming the key, for a wrong type or lists of different lengths.
tokenizer::GgufVocabulary read_gguf_vocabulary(const io::GgufMetadata& metadata);

/// Adds the keys that the vocabulary has.
void write_gguf_vocabulary(io::GgufMetadata& metadata, const tokenizer::GgufVocabulary& vocabulary);

/// tokenizer.chat_template, or empty.
std::string gguf_chat_template(const io::GgufMetadata& metadata);

/// What tokenizer_config.json would say of the file's tokens and template.
tokenizer::TokenizerConfig gguf_tokenizer_config(const io::GgufMetadata& metadata);

/// The ids that the file says end a text or a turn.
std::vector<int64_t> gguf_end_ids(const io::GgufMetadata& metadata);

/// A BPE tokenizer as GGUF files hold it: byte-level ones, and those of SentencePiece's form.
/// Errors: kUnsupported for another model, a pre-tokenizer that llama.cpp has no name for, or another normalizer.
tokenizer::GgufVocabulary gguf_vocabulary_of(const tokenizer::Tokenizer& tokenizer,
                                             const tokenizer::TokenizerConfig& special, int64_t vocab_size);

/// What such a file cannot say of a tokenizer that it holds otherwise, a sentence each.
std::vector<std::string> losses_as_gguf(const tokenizer::Tokenizer& tokenizer);

}  // namespace vitrine::model
