// What `data build` reads: text files cut into documents, and JSONL with one document a line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "data/conversation.h"

namespace vitrine::data {

/// How a text file becomes documents, and which field of a JSONL line is the text.
struct InputRules {
  std::string text_field = "text";
  /// Stands between the documents of a text file. Empty: a file is one document, or pieces when there are few files.
  std::string separator;
  /// Text files without a separator are cut at blank lines into pieces of about this size; 0 leaves them whole.
  int64_t piece_bytes = 2048;
};

enum class InputKind { kText, kJsonLines };

struct InputFile {
  std::filesystem::path path;
  InputKind kind;
};

/// Lists the files that `paths` name: .txt, .md and .jsonl files, and all such files in folders, by name.
/// Errors: kNotFound; kInvalidArgument for another kind of file, or a folder with none of them.
std::vector<InputFile> list_input_files(std::span<const std::filesystem::path> paths);

/// Cuts text at blank lines into pieces of about `piece_bytes`, without blank lines at their edges. Where no blank
/// line comes in time the cut falls on a line break, else on a space, else between two characters.
std::vector<std::string_view> cut_at_blank_lines(std::string_view text, int64_t piece_bytes);

/// Cuts text at each separator; pieces have no blank lines at their edges. `separator` is not empty.
std::vector<std::string_view> cut_at_separator(std::string_view text, std::string_view separator);

/// One input file, mapped and cut into documents that are still unparsed. Threads: const methods are safe.
class InputReader {
 public:
  /// Errors: kNotFound, kIo; kInvalidArgument for an empty or binary file; kCorruptData for bytes that are not
  /// UTF-8, with their offset.
  InputReader(InputFile file, const InputRules& rules);

  int64_t num_bytes() const { return static_cast<int64_t>(map_.bytes().size()); }
  int64_t num_documents() const { return static_cast<int64_t>(documents_.size()); }
  /// Size of a document as it lies in the file.
  int64_t document_bytes(int64_t index) const;
  /// "file:line" of a document in JSONL, else the file: for messages.
  std::string place(int64_t index) const;
  /// Errors: kCorruptData, naming file, line and what is wrong there.
  Document parse(int64_t index) const;

 private:
  struct Raw {
    std::string_view bytes;
    int64_t line;  // from 1, for JSONL
  };
  void split_lines(std::string_view text);
  void split_text(std::string_view text, const InputRules& rules);

  InputFile file_;
  std::string text_field_;
  MappedFile map_;
  std::vector<Raw> documents_;
};

}  // namespace vitrine::data
