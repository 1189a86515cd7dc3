// Models in SentencePiece's own format (.model).
#pragma once

#include <filesystem>
#include <string_view>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// Reads a model of type BPE or Unigram; ids are those of the sentencepiece library without start and end of text.
/// Bytes that are not UTF-8 are encoded as they are where the model has byte pieces; the library replaces them.
/// Errors: kCorruptData; kUnsupported for the types WORD and CHAR.
Tokenizer parse_sentencepiece_model(std::string_view bytes);

/// Reads a .model file. Errors: kNotFound, kIo, and as above, naming the path.
Tokenizer load_sentencepiece_model(const std::filesystem::path& path);

}  // namespace vitrine::tokenizer
