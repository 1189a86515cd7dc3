#include "tokenizer/sentencepiece_model.h"

#include <fmt/format.h>

#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/base64.h"
#include "tokenizer/protobuf_reader.h"
#include "tokenizer/sentencepiece_vocabulary.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kMaxSentencepieceBytes = size_t{256} << 20;

[[noreturn]] void corrupt_sentencepiece_model(std::string what) {
  throw Error(ErrorCode::kCorruptData, "sentencepiece model: " + std::move(what), "get the file again");
}

/// What this program reads of a model; field numbers are those of sentencepiece_model.proto.
struct ModelFile {
  PieceList pieces;
  uint64_t model_type = 1;  // 1 UNIGRAM, 2 BPE, 3 WORD, 4 CHAR
  bool treat_whitespace_as_suffix = false;
  std::string_view charsmap;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

void read_piece(std::string_view message, PieceList& pieces) {
  std::string_view token;
  float score = 0;
  uint64_t type = 1;
  for (ProtobufReader reader(message); reader.next();) {
    if (reader.field() == 1) token = reader.bytes();
    if (reader.field() == 2) score = reader.real();
    if (reader.field() == 3) type = reader.number();
  }
  if (token.empty()) corrupt_sentencepiece_model(fmt::format("piece {} is empty", pieces.tokens.size()));
  if (!is_valid_utf8(token)) corrupt_sentencepiece_model(fmt::format("piece {} is not UTF-8", pieces.tokens.size()));
  pieces.tokens.emplace_back(token);
  pieces.scores.push_back(score);
  pieces.types.push_back(static_cast<PieceType>(type > 6 ? 0 : type));
}

void read_trainer(std::string_view message, ModelFile& file) {
  for (ProtobufReader reader(message); reader.next();) {
    if (reader.field() == 3) file.model_type = reader.number();
    if (reader.field() == 24) file.treat_whitespace_as_suffix = reader.number() != 0;
  }
}

void read_normalizer(std::string_view message, ModelFile& file) {
  for (ProtobufReader reader(message); reader.next();) {
    if (reader.field() == 2) file.charsmap = reader.bytes();
    if (reader.field() == 3) file.add_dummy_prefix = reader.number() != 0;
    if (reader.field() == 4) file.remove_extra_whitespaces = reader.number() != 0;
    if (reader.field() == 5) file.escape_whitespaces = reader.number() != 0;
  }
}

ModelFile read_model(std::string_view bytes) {
  if (bytes.size() > kMaxSentencepieceBytes)
    corrupt_sentencepiece_model(
        fmt::format("too large (got {} bytes, expected at most {})", bytes.size(), kMaxSentencepieceBytes));
  ModelFile file;
  for (ProtobufReader reader(bytes); reader.next();) {
    if (reader.field() == 1) read_piece(reader.bytes(), file.pieces);
    if (reader.field() == 2) read_trainer(reader.bytes(), file);
    if (reader.field() == 3) read_normalizer(reader.bytes(), file);
  }
  std::unordered_set<std::string_view> names;
  for (const std::string& token : file.pieces.tokens)
    if (!names.insert(token).second)
      corrupt_sentencepiece_model(fmt::format("piece '{}' stands twice", excerpt(token)));
  check_pieces(file.pieces);
  return file;
}

Setting make_normalizer(const ModelFile& file) {
  Setting::List kept;
  for (size_t id = 0; id < file.pieces.tokens.size(); ++id)
    if (file.pieces.types[id] == PieceType::kUserDefined) kept.push_back(file.pieces.tokens[id]);
  const bool only_marks_spaces = file.charsmap.empty() && !file.remove_extra_whitespaces && file.escape_whitespaces &&
                                 !file.treat_whitespace_as_suffix && kept.empty();
  if (only_marks_spaces) return make_space_mark_normalizer(file.add_dummy_prefix);
  return make_part("SentencePiece", {{"precompiled_charsmap", to_base64(file.charsmap)},
                                     {"add_dummy_prefix", file.add_dummy_prefix},
                                     {"remove_extra_whitespaces", file.remove_extra_whitespaces},
                                     {"escape_whitespaces", file.escape_whitespaces},
                                     {"treat_whitespace_as_suffix", file.treat_whitespace_as_suffix},
                                     {"user_defined_symbols", std::move(kept)}});
}

}  // namespace

Tokenizer parse_sentencepiece_model(std::string_view bytes) {
  const ModelFile file = read_model(bytes);
  TokenizerDefinition definition;
  add_pieces(file.pieces, /*normalized=*/true, definition);
  bool byte_fallback = false;
  if (file.model_type == 1) {
    definition.model = make_sentencepiece_unigram(file.pieces);
    byte_fallback = std::get<UnigramDefinition>(definition.model).byte_fallback;
  } else if (file.model_type == 2) {
    definition.model = make_sentencepiece_bpe(file.pieces);
    byte_fallback = std::get<BpeDefinition>(definition.model).byte_fallback;
  } else {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("sentencepiece model: unknown model type (got {}, expected 1 UNIGRAM or 2 BPE)", file.model_type),
        "use another tokenizer");
  }
  definition.normalizer = make_normalizer(file);
  definition.decoder = make_sentencepiece_decoder(byte_fallback, file.add_dummy_prefix);
  return Tokenizer(std::move(definition));
}

Tokenizer load_sentencepiece_model(const std::filesystem::path& path) {
  const std::string bytes = read_regular_file(path);
  try {
    return parse_sentencepiece_model(bytes);
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
}

}  // namespace vitrine::tokenizer
